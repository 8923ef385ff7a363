import { describe, expect, test } from "@jest/globals";
import { parseSchemaText } from "../avro/parse-schema.ts";
import { parseSchemaId, parseSchemaVersion, parseSubjectName } from "../kernel/brand.ts";
import type { WriterReading } from "../serde/writer.ts";
import { silentLog } from "../telemetry/log.ts";
import { createWriterAnnouncer } from "./announce-writers.ts";

const subject = parseSubjectName("birds-value");
const readable: WriterReading = {
  kind: "readable",
  decode: () => null,
  resolver: { writer: parseSchemaText('"null"'), decode: () => null },
  fields: null,
  resolution: undefined,
};
const unreadable: WriterReading = {
  kind: "unreadable",
  code: "not-avro",
  message: "schema 9 is of type JSON, not AVRO",
  findings: [],
};

function setUp() {
  const said: string[] = [];
  const log = {
    ...silentLog,
    info: (text: string) => void said.push(text),
    warn: (text: string) => void said.push(`! ${text}`),
  };
  const announce = createWriterAnnouncer({
    subject,
    schema: { name: "test.Bird", version: 2 },
    checked: [{ version: parseSchemaVersion(3), id: parseSchemaId(1), reading: null }],
    fate: "its records are skipped",
    log,
  });
  return {
    said,
    announce: (id: number, version: number | null, reading: WriterReading) =>
      announce({
        id: parseSchemaId(id),
        version: version === null ? null : parseSchemaVersion(version),
        reading,
      }),
  };
}

describe("writers that turn up", () => {
  test("are told once each: new versions, old ones that were gone, and those of other subjects", () => {
    const { said, announce } = setUp();
    announce(7, 4, readable);
    announce(8, 2, readable);
    announce(9, null, unreadable);
    announce(7, 4, readable);
    expect(said).toEqual([
      "new version 4 (schema 7) of birds-value turned up and is read as test.Bird version 2",
      "version 2 (schema 8) of birds-value turned up and is read as test.Bird version 2",
      "! schema 9, which birds-value does not have, cannot be read: schema 9 is of type JSON, not AVRO",
      "! schema 9, which birds-value does not have, turned up: its records are skipped",
    ]);
  });

  test("do not flood the log", () => {
    const { said, announce } = setUp();
    for (let id = 10; id < 1000; id++) announce(id, null, readable);
    expect(said).toHaveLength(21);
    expect(said.at(-1)).toBe("more schemas turn up and are no longer announced one by one");
  });
});
