/**
 * Reads back what a person would read off the screen.
 */

/** Values of the id column of every table. */
export function readTableIds(stdout: string): string[] {
  return [...stdout.matchAll(/^\|[^|]*\|\s*(\d+)\s*\|/gm)].map(([, id]) => id ?? "");
}

/** The rows of a summary that are whole numbers. */
export function readSummary(stderr: string): Record<string, number> {
  return Object.fromEntries(
    [...stderr.matchAll(/^ {2}(\S[\w /-]*?) {2,}(\d+)$/gm)].map(([, label, value]) => [
      label ?? "",
      Number(value),
    ]),
  );
}

/** One object a line. */
export function readJsonLines<T = Record<string, unknown>>(stdout: string): T[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
