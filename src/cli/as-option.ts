/**
 * Which schemas a topic is reread through: `--as v1,v2,latest,order.avsc`.
 */
import { parseSchemaVersion } from "../kernel/brand.ts";
import type { Host } from "./host.ts";
import { parseReader, type ReaderChoice } from "./reading-options.ts";
import { UsageError } from "./usage-error.ts";

export const asOption = {
  as: {
    type: "string",
    array: true,
    nargs: 1,
    demandOption: true,
    describe:
      "schemas to read with, with commas between them: v1 or 1 (a version of the subject), latest, generated (the one compiled in), or a file; may be repeated",
  },
} as const;

export interface AsChoice {
  /** As it was typed. */
  readonly label: string;
  readonly reader: ReaderChoice;
}

/** Each once, in their order. Throws UsageError. */
export async function parseAs(
  values: readonly (string | number)[],
  host: Host,
): Promise<readonly AsChoice[]> {
  const choices = new Map<string, AsChoice>();
  for (const value of values.map(String)) {
    for (const label of value.split(",").map((part) => part.trim())) {
      if (label === "") {
        throw new UsageError("usage", `--as ${JSON.stringify(value)} has nothing where a version should be`);
      }
      if (!choices.has(label)) choices.set(label, { label, reader: await parseOne(label, host) });
    }
  }
  return [...choices.values()];
}

async function parseOne(label: string, host: Host): Promise<ReaderChoice> {
  const version = /^v(\d{1,9})$/.exec(label)?.[1];
  return version === undefined
    ? await parseReader(label, host, "--as")
    : { kind: "registered", version: parseSchemaVersion(Number(version)) };
}
