/**
 * A finding in the words of a Schema Registry's verbose answer (Confluent Schema Registry, compatibility
 * resource): text that looks like JSON and is none, quotes not escaped.
 */
import type { Finding, RuleId } from "./finding.ts";
import type { Direction } from "./levels.ts";

type Describe = (finding: Finding, reader: string, writer: string) => string;

const descriptions: Readonly<Record<RuleId, Describe>> = {
  NAME_MISMATCH: ({ readerPath }) => `The name of the schema has changed (path '${readerPath}')`,
  FIXED_SIZE_MISMATCH: ({ readerPath }, reader, writer) =>
    `The size of FIXED type field at path '${readerPath}' in the ${reader} schema does not match with the ${writer} schema`,
  MISSING_ENUM_SYMBOLS: ({ readerPath, info }, reader, writer) =>
    `The ${reader} schema is missing enum symbols '${info}' at path '${readerPath}' in the ${writer} schema`,
  READER_FIELD_MISSING_DEFAULT_VALUE: ({ readerPath, info }, reader, writer) =>
    `The field '${info}' at path '${readerPath}' in the ${reader} schema has no default value and is missing in the ${writer} schema`,
  TYPE_MISMATCH: ({ readerPath }, reader, writer) =>
    `The type (path '${readerPath}') of a field in the ${reader} schema does not match with the ${writer} schema`,
  MISSING_UNION_BRANCH: ({ readerPath }, reader, writer) =>
    `The ${reader} schema is missing a type inside a union field at path '${readerPath}' in the ${writer} schema`,
};

/** "new" and "old" say which of the two was proposed. */
export function describeForRegistry(finding: Finding, direction: Direction): string {
  return direction === "proposed-reads-earlier"
    ? descriptions[finding.rule](finding, "new", "old")
    : descriptions[finding.rule](finding, "old", "new");
}

/** `{errorType:'...', description:'...', additionalInfo:'...'}` */
export function toRegistryMessage(finding: Finding, direction: Direction): string {
  return `{errorType:'${finding.rule}', description:'${describeForRegistry(finding, direction)}', additionalInfo:'${finding.info}'}`;
}
