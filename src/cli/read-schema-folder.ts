/**
 * A folder of schema files as data.
 */
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describeCause } from "../kernel/error.ts";
import { UsageError } from "./usage-error.ts";

export interface SchemaFile {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every .avsc and .json file below `folder`, sorted by path. Throws UsageError; `shown` names it to people. */
export async function readSchemaFolder(folder: string, shown: string): Promise<SchemaFile[]> {
  let paths: string[];
  try {
    paths = (await readdir(folder, { recursive: true })).filter((path) => /\.(avsc|json)$/.test(path)).sort();
  } catch (cause) {
    throw new UsageError("usage", `the schema folder ${shown} cannot be read: ${describeCause(cause)}`, {
      cause,
    });
  }
  if (!paths.some((path) => path.endsWith(".avsc"))) {
    throw new UsageError("usage", `there is no .avsc file in ${shown}; --schemas names another folder`);
  }
  return paths.map((path) => ({
    path: path.replaceAll("\\", "/"),
    text: decode(readBytes(join(folder, path), join(shown, path)), join(shown, path)),
  }));
}

function readBytes(path: string, shown: string): Buffer {
  try {
    // Promises for thousands of small files take seven times as long.
    return readFileSync(path);
  } catch (cause) {
    throw new UsageError("usage", `${shown} cannot be read: ${describeCause(cause)}`, { cause });
  }
}

/** The text of a file, without the mark of its byte order. Throws UsageError with the line of what is not UTF-8. */
export function decode(bytes: Buffer, shown: string): string {
  if (isUtf8(bytes)) return bytes.toString("utf8").replace(/^\ufeff/, "");
  // What was read of a text ends where it stops being UTF-8.
  const lenient = bytes.toString("utf8");
  const fault = lenient.search(/\ufffd/);
  const line = lenient.slice(0, fault).split("\n").length;
  throw new UsageError("usage", `${shown}:${line}: the file is not UTF-8`);
}
