/**
 * What evolution reports: one reason why a reader cannot read what a writer wrote.
 */

/** Apache Avro's own names of the ways two schemas can fail to match; registries report the same ones. */
export const ruleIds = [
  "NAME_MISMATCH",
  "FIXED_SIZE_MISMATCH",
  "MISSING_ENUM_SYMBOLS",
  "READER_FIELD_MISSING_DEFAULT_VALUE",
  "TYPE_MISMATCH",
  "MISSING_UNION_BRANCH",
] as const;
export type RuleId = (typeof ruleIds)[number];

export interface Finding {
  readonly rule: RuleId;
  /**
   * Where in the reader, as registries write it: `/` for the root, else `/fields/0/type/items`. A branch of the
   * writer's union counts as a step (`/fields/0/type/2`), since the reader may have no union there.
   */
  readonly readerPath: string;
  /** Where in the writer, in the same form. */
  readonly writerPath: string;
  /** The bare fact, as registries give it in `additionalInfo`: `expected: 16, found: 32` (written, then read). */
  readonly info: string;
  /** What would go wrong and what to do, without the paths. */
  readonly message: string;
  /** For MISSING_UNION_BRANCH: why the branch of the same name does not do. Empty for the others. */
  readonly causes: readonly Finding[];
}

/** One line for people: rule, places, sentence. */
export function formatFinding(finding: Finding): string {
  const place =
    finding.readerPath === finding.writerPath
      ? finding.readerPath
      : `${finding.readerPath} (writer ${finding.writerPath})`;
  const causes = finding.causes.map((cause) => `; ${formatFinding(cause)}`).join("");
  return `${finding.rule} at ${place}: ${finding.message}${causes}`;
}
