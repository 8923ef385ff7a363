/**
 * Which version of a record reads which, as a literal type: `true`, or a text for each finding that names the field
 * (the rules are evolution's).
 */
import type { AvroSchema } from "../src/avro/model.ts";
import { checkCompatibility } from "../src/evolution/check-compatibility.ts";
import type { Finding } from "../src/evolution/finding.ts";

export interface NumberedSchema {
  readonly version: number;
  readonly schema: AvroSchema;
}

export interface Verdict {
  readonly writer: number;
  /** A sentence for each finding, each once; none when everything can be read. */
  readonly reasons: readonly string[];
}

export interface ReaderVerdicts {
  readonly reader: number;
  readonly verdicts: readonly Verdict[];
}

/** Every version as the reader of every version, in the order given. */
export function judgeVersions(versions: readonly NumberedSchema[]): ReaderVerdicts[] {
  return versions.map((reader) => ({
    reader: reader.version,
    verdicts: versions.map((writer) => ({
      writer: writer.version,
      reasons: reader === writer ? [] : reasonsOf(reader.schema, writer.schema),
    })),
  }));
}

function reasonsOf(reader: AvroSchema, writer: AvroSchema): string[] {
  const reasons = checkCompatibility({ reader, writer }).map((finding) => describe(finding, reader));
  return [...new Set(reasons)];
}

function describe(finding: Finding, reader: AvroSchema): string {
  const place = fieldPath(reader, finding.readerPath);
  // What to do about it is for whoever changes the schema; here it is too late.
  const [fact = ""] = finding.message.split("; ");
  return place === "" ? fact : `${place}: ${fact}`;
}

/** `/fields/0/type/items/fields/1` as the names that a person knows the place by: `tags[].label`. */
function fieldPath(reader: AvroSchema, pointer: string): string {
  let at: AvroSchema | undefined = reader;
  let path = "";
  const steps = pointer.split("/").filter((step) => step !== "");
  for (let index = 0; index < steps.length && at !== undefined; index += 1) {
    const step = steps[index] ?? "";
    if (step === "fields" && at.kind === "record") {
      const field: { name: string; type: AvroSchema } | undefined = at.fields[Number(steps[++index])];
      path += `${path === "" ? "" : "."}${field?.name ?? ""}`;
      at = field?.type;
    } else if (step === "items" && at.kind === "array") {
      path += "[]";
      at = at.items;
    } else if (step === "values" && at.kind === "map") {
      path += "{}";
      at = at.values;
    } else if (/^[0-9]+$/.test(step) && at.kind === "union") {
      at = at.branches[Number(step)];
    }
  }
  return path;
}
