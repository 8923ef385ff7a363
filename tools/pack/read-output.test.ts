import { describe, expect, test } from "@jest/globals";
import { readColumn, readCommands } from "./read-output.ts";

const help = `birdwire <command>

X (Twitter) posts through Kafka as typed Avro records.

Commands:
  birdwire demo      all of it in one process: birdwire demo, and more,
                     said on two lines
  birdwire up        the emulators
  birdwire schemas   the Avro schemas and the registry

Options:
      --version  Show version number  [boolean]

  birdwire nothing  not a command
`;

describe("readCommands", () => {
  test("lists the commands of a help text and nothing else", () => {
    expect(readCommands(help)).toEqual(["demo", "up", "schemas"]);
  });

  test("lists the commands of a group", () => {
    const group =
      "birdwire schemas\n\nCommands:\n  birdwire schemas register [name]  registers\n  birdwire schemas plan  plans\n";
    expect(readCommands(group, ["schemas"])).toEqual(["register", "plan"]);
  });

  test("lists none where there is no such section", () => {
    expect(readCommands("birdwire demo\n\nOptions:\n  --rows\n")).toEqual([]);
  });
});

const batch = (rows: string): string => `-------------------------------------------
Batch: 0
-------------------------------------------
+----------+---+----+
|created_at| id|text|
+----------+---+----+
${rows}+----------+---+----+

`;

describe("readColumn", () => {
  test("gathers one column over all batches", () => {
    const text = batch("|2026-01-31|  1|   a|\n|2026-01-31|  2|   b|\n") + batch("|2026-01-31|  3|   |\n");
    expect(readColumn(text, "id")).toEqual(["1", "2", "3"]);
  });

  test("is not led astray by a text that has a bar in it, or looks like a head", () => {
    expect(readColumn(batch("|2026-01-31|  1|a|b|\n|2026-01-31|  2|id|\n"), "id")).toEqual(["1", "2"]);
  });

  test("has nothing of a column that is not there, and nothing of an empty batch", () => {
    expect(readColumn(batch("|2026-01-31|  1|   a|\n"), "lang")).toEqual([]);
    expect(readColumn(batch(""), "id")).toEqual([]);
  });
});
