import { describe, expect, test } from "@jest/globals";
import { parseSchemaId, parseSchemaVersion, parseSubjectName } from "../kernel/brand.ts";
import { adviseOn, quoteWord } from "./advise-cause.ts";
import type { CauseGroup } from "./explain-letters.ts";

const id = parseSchemaId(7);
const group = (more: Partial<CauseGroup> = {}): CauseGroup => ({
  stage: "decode",
  reason: "incompatible",
  message: "m",
  topic: "orders",
  line: null,
  writerId: id,
  letters: 1,
  firstMs: 1,
  lastMs: 1,
  example: { partition: 0, offset: 17 },
  states: new Map([["open", 1]]),
  outcomes: new Map([["fails", 1]]),
  failure: { stage: "decode", reason: "incompatible", message: "m" },
  writer: null,
  ...more,
});
const flags = { topicFlags: " --topic orders", readerFlags: " --reader 2" };
const adviceOn = (more: Partial<CauseGroup> = {}) => adviseOn(group(more), flags);
const fails = (reason: string) => ({ failure: { stage: "decode", reason, message: "m" } });

describe("what would help", () => {
  test("letters that would be sent now is the redrive with the reader they were proved with", () => {
    expect(adviceOn({ failure: null, outcomes: new Map([["redriven", 1]]) })).toBe(
      "birdwire dlq redrive --stage decode --reason incompatible --topic orders --reader 2",
    );
  });

  test("some of which would be sent is said of both parts", () => {
    const outcomes = new Map([
      ["redriven", 1],
      ["fails", 1],
    ] as const);
    expect(adviceOn({ ...fails("corrupt"), outcomes })).toMatch(
      /^birdwire dlq redrive .* deals with some; for the others: its bytes are not/,
    );
  });

  test("what cannot be read is the version that wrote it, under the name it is filed by", () => {
    const writer = {
      id,
      subject: parseSubjectName("orders of $(date)"),
      version: parseSchemaVersion(3),
      otherType: null,
      reading: null,
    };
    expect(adviceOn({ writer })).toMatch(/take --reader 3 --subject 'orders of \$\(date\)' --topic orders$/);
    expect(adviceOn({ writer: { ...writer, version: null } })).not.toMatch(/--reader/);
  });

  test.each([
    ["unknown-schema-id", /register the writer's schema.*--registry/],
    ["not-avro", /none that Avro reads/],
    ["bad-magic", /does not frame.*dlq show 0:17 --topic orders shows/],
    ["short-frame", /does not frame/],
    ["truncated", /no reader can mend them/],
    ["trailing-bytes", /no reader can mend them/],
    ["other-topic", /--topic orders/],
    ["record-too-large", /max\.message\.bytes/],
    ["invalid-json", /dlq show 0:17 --topic orders --raw prints.*produce --replay/],
  ])("a letter that fails with %s", (reason, advice) => {
    expect(adviceOn(fails(reason))).toMatch(advice);
  });

  describe("a line", () => {
    const line = {
      topic: "orders",
      subject: "orders-value",
      record: "shop.Order",
      encoding: "plain",
      key_field: null,
      key_separator: null,
      headers: [],
    };
    test.each([
      [{ key_field: "id" }, "--topic orders --key id"],
      [{}, "--topic orders --key ''"],
      [{ key_separator: "|" }, "--topic orders --key-separator '|'"],
      [
        { subject: "s", encoding: "avro", headers: [{ key: "a", value: Buffer.from("b c") }] },
        "--topic orders --subject s --json-encoding avro --key '' --header 'a=b c'",
      ],
    ])("that is mended goes as it went: %j", (more, command) => {
      expect(adviceOn({ ...fails("invalid-value"), line: { ...line, ...more } })).toContain(
        `mend what birdwire dlq show 0:17 --topic orders --raw prints and send it with birdwire produce --from-json FILE ${command};`,
      );
    });

    test("whose schema is gone needs that one", () => {
      expect(adviceOn({ ...fails("no-schema"), line })).toMatch(
        /^register shop\.Order under subject orders-value/,
      );
    });
  });

  test.each([
    [{ subject: "payments", version: null }, "--topic orders --subject payments"],
    [{ subject: "a b", version: 2 }, "--topic orders --reader 2 --subject 'a b'"],
    [{ subject: null, version: null }, "--topic orders --reader FILE"],
  ])("a letter of another record type, filed as %j", (place, flagged) => {
    const left = { record: "Payment", ...place };
    const failure = { stage: "decode", reason: "other-record-type", message: "m", left };
    expect(adviceOn({ failure })).toBe(
      `birdwire dlq redrive --stage decode --reason incompatible ${flagged}`,
    );
  });

  test("what is dealt with, and what is no letter, is nothing", () => {
    const outcomes = new Map<never, never>();
    expect(adviceOn({ states: new Map([["redriven", 2]]), outcomes, failure: null })).toMatch(/dealt with/);
    expect(adviceOn({ stage: "read", states: new Map([["unreadable", 2]]), failure: null })).toMatch(
      /no dead letter/,
    );
  });

  test("a command is safe to paste, whatever a letter calls its reason", () => {
    const reason = "x'; rm -rf ~; '";
    expect(adviceOn({ reason, failure: null })).toContain("--reason 'x'\\''; rm -rf ~; '\\''' --topic");
    expect(quoteWord("birdwire.Tweet-value")).toBe("birdwire.Tweet-value");
    expect(quoteWord("")).toBe("''");
  });
});
