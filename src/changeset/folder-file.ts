/**
 * subjects.json and lock.json as text: what is wrong in them is told with its line and column.
 */
import { AvroError } from "../avro/error.ts";
import { parseJsonText } from "../avro/json-text.ts";
import { ConfigError } from "../config/load-config.ts";
import { locatePointer } from "./locate.ts";

export interface FolderFile {
  readonly text: string;
  /** As it is shown to people. */
  readonly path: string;
}

/** Throws ConfigError `invalid-config` with the place where it stops being JSON. */
export function parseFolderFile({ text, path }: FolderFile): unknown {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (!(error instanceof AvroError)) throw error;
    const { line, column, reason } = error.details as { line: number; column: number; reason: string };
    throw problemAt(path, { line, column }, "", `not JSON: ${reason}`);
  }
}

/** An error about the place that the steps lead to; `details.problems` has it as data. */
export function refuseAt(
  { text, path }: FolderFile,
  steps: readonly PropertyKey[],
  message: string,
): ConfigError {
  const pointer = pointerOf(steps);
  const said = pointer === "" ? message : `${pointer}: ${message}`;
  return problemAt(path, locatePointer(text, pointer), pointer, said);
}

/** RFC 6901. */
export function pointerOf(steps: readonly PropertyKey[]): string {
  return steps.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function problemAt(
  path: string,
  place: { readonly line: number; readonly column: number },
  pointer: string,
  message: string,
): ConfigError {
  const file = path.slice(path.lastIndexOf("/") + 1);
  return new ConfigError("invalid-config", `${path}:${place.line}:${place.column}: ${message}`, {
    details: { problems: [{ file, ...place, path: pointer, message }] },
  });
}
