import { describe, expect, test } from "@jest/globals";
import type { DeadLetter } from "../generated/dead-letter.ts";
import { causeOf, nameCause, normalizeMessage } from "./letter-cause.ts";

const letter = (more: Partial<DeadLetter> = {}): DeadLetter => ({
  failed_at: 1,
  stage: "decode",
  reason: "corrupt",
  message: "m",
  raw: Buffer.from("r"),
  key: null,
  source: {
    "birdwire.TopicSource": { topic: "twitter", partition: 0, offset: 1, timestamp: 1, headers: [] },
  },
  writer_id: 4,
  reader_fingerprint: null,
  json_line: null,
  ...more,
});
const nameOf = (more: Partial<DeadLetter> = {}) => nameCause(causeOf(letter(more)));

describe("a message without what it quotes", () => {
  test.each([
    ["/data/created_at: created_at is missing", "/data/created_at: created_at is missing"],
    [
      '/data/includes/12/id: id is "a "quoted" one"; it should be an id',
      '/data/includes/N/id: id is "…"; it should be an id',
    ],
    [`Unexpected token 'x', "{"id":"2"x" is not valid JSON`, `Unexpected token '…', "…" is not valid JSON`],
    ["the first byte is 0x7b, not 0x00", "the first byte is N, not N"],
    ["8,388,608 bytes (raw bytes cut from 9000000 to 65536; SHA-256 0a1b)", "N bytes"],
    [
      "the registry knows no schema with GUID 89791762-2336-4186-9674-299b90a802e2",
      "the registry knows no schema with GUID 89791762-2336-4186-9674-299b90a802e2",
    ],
    [`two\nlines of "a\nb" here`, 'two\nlines of "…" here'],
  ])("%j", (message, normalized) => {
    expect(normalizeMessage(message)).toBe(normalized);
  });
});

describe("the name of a cause", () => {
  test("is one for records of one writer that fail for one reason, whatever the message", () => {
    expect(nameOf({ message: "at byte 3: no union" })).toBe(nameOf({ message: "a text of -1 bytes" }));
  });

  test("differs by stage, reason, topic and writer, and without a writer by message", () => {
    const source = {
      "birdwire.TopicSource": { topic: "t", partition: 0, offset: 1, timestamp: 1, headers: [] },
    } as const;
    const names = [
      nameOf(),
      nameOf({ stage: "read" }),
      nameOf({ reason: "truncated" }),
      nameOf({ writer_id: 5 }),
      nameOf({ source }),
      nameOf({ writer_id: null }),
      nameOf({ writer_id: null, message: "n" }),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  test("of lines differs by what they were to be, and by the message without what it quotes", () => {
    const line = {
      topic: "orders",
      subject: "orders-value",
      record: "shop.Order",
      encoding: "plain",
      key_field: "id",
      key_separator: null,
      headers: [],
    };
    const lineOf = (more: Partial<DeadLetter> = {}) =>
      nameOf({ writer_id: null, source: { "birdwire.ReplaySource": { file: "f", line: 1 } }, ...more });
    const names = [
      lineOf(),
      lineOf({ json_line: line }),
      lineOf({ json_line: { ...line, topic: "refunds" } }),
      lineOf({ json_line: { ...line, record: "shop.Refund" } }),
      lineOf({ json_line: { ...line, key_field: null } }),
      lineOf({ json_line: line, message: "other" }),
    ];
    expect(new Set(names).size).toBe(names.length);
    const told = (at: string) => lineOf({ json_line: line, message: `/a: expected a string, got ${at}` });
    expect(told("the number 5")).toBe(told("the number 66"));
  });
});
