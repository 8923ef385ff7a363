/**
 * What the packed command printed, read back: the commands in a help text, and the rows of tables.
 */

/** Names of the commands that a help text lists, in its order: `birdwire schemas register` under `schemas` is `register`. */
export function readCommands(help: string, parents: readonly string[] = []): string[] {
  const prefix = ["birdwire", ...parents, ""].join(" ");
  const section = /^Commands:\n((?: .*\n?)+)/m.exec(help)?.[1] ?? "";
  return section
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith(prefix))
    .map((line) => /^[a-z][a-z0-9-]*/.exec(line.slice(prefix.length))?.[0] ?? "")
    .filter((name) => name !== "");
}

/** The cells of column `name` in every table of the text, over all batches. */
export function readColumn(text: string, name: string): string[] {
  const cells: string[] = [];
  let column = -1;
  let borders = 0;
  for (const line of text.split("\n")) {
    if (/^\+[-+]*\+$/.test(line)) {
      // A table has three: over its head, under its head, and at its end.
      borders = (borders + 1) % 3;
    } else if (line.startsWith("|") && borders > 0) {
      const row = line.slice(1, -1).split("|");
      if (borders === 1) column = row.findIndex((cell) => cell.trim() === name);
      else if (column !== -1) cells.push(row[column]?.trim() ?? "");
    }
  }
  return cells;
}
