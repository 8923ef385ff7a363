import { describe, expect, test } from "@jest/globals";
import type { DeadLetterInput } from "../generated/dead-letter.ts";
import type { RecordProducer } from "../kafka/port.ts";
import { parseSchemaId, parseSubjectName } from "../kernel/brand.ts";
import { createManualClock } from "../kernel/clock.ts";
import type { JsonEncoder } from "../serde/json-encoder.ts";
import type { LineSource, SourcedLine } from "../source/port.ts";
import { silentLog } from "../telemetry/log.ts";
import { createProduceTally } from "../telemetry/tally.ts";
import { createDeadLetterWriter } from "./dead-letter.ts";
import { type ProduceLinesOptions, produceLines } from "./produce-lines.ts";
import { createFakeEncoder, createFakeProducer, deadLetterTopic, topic } from "./testing/fakes.ts";

/** What is JSON fits. */
const encoder: JsonEncoder = {
  schemaId: parseSchemaId(1),
  subject: parseSubjectName("s"),
  leftOut: [],
  takesNull: false,
  encode(text) {
    try {
      return { kind: "encoded", bytes: Buffer.from(text), value: JSON.parse(text) };
    } catch {
      return { kind: "unencodable", code: "invalid-json", message: "no JSON" };
    }
  },
};

function linesOf(texts: Iterable<string | Buffer>, onTaken: () => void = () => {}): LineSource {
  return {
    async *read() {
      let number = 0;
      for (const text of texts) {
        onTaken();
        yield [{ raw: Buffer.from(text), number: ++number, cut: false } satisfies SourcedLine];
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

function setUp(source: LineSource, producer: RecordProducer = createFakeProducer()) {
  const clock = createManualClock(1_700_000_000_000);
  const tally = createProduceTally();
  const deadLetters = createDeadLetterWriter({ encoder: createFakeEncoder<DeadLetterInput>(2), clock });
  const ports = { source, producer, encoder, deadLetters, clock, log: silentLog, tally };
  const options: ProduceLinesOptions = {
    topic,
    deadLetterTopic,
    file: "f",
    key: { kind: "none" },
    recordType: "shop.Order",
    encoding: "plain",
    signal: new AbortController().signal,
  };
  return { ports, options, tally };
}

describe("the loop of lines", () => {
  test("takes no more lines than it may hold while the brokers are away", async () => {
    let taken = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const producer: RecordProducer = {
      send: () => held,
      async [Symbol.asyncDispose]() {},
    };
    const source = linesOf(
      Array.from({ length: 1000 }, () => "1"),
      () => taken++,
    );
    const { ports, options, tally } = setUp(source, producer);
    const running = produceLines(ports, { ...options, maxRecords: 10 });
    for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBeLessThanOrEqual(32);
    release();
    expect(await running).toBe("source-ended");
    expect(tally.produced).toBe(1000);
  });

  test("keeps bytes that are no UTF-8, and a record that a broker finds too large, as dead letters", async () => {
    const producer = createFakeProducer(10);
    const { ports, options, tally } = setUp(
      linesOf([Buffer.from([0x22, 0xff, 0x22]), "1", JSON.stringify("x".repeat(20)), "2"]),
      producer,
    );
    await produceLines(ports, options);
    expect((producer.sent.get(topic) ?? []).map(({ value }) => String(value))).toEqual(["1", "2"]);
    expect(Object.fromEntries(tally.deadLetters)).toEqual({
      "parse/invalid-json": 1,
      "produce/record-too-large": 1,
    });
  });

  test("keeps with a refused line, and with one that is too large, what makes a record of it", async () => {
    const producer = createFakeProducer(10);
    const { ports, options } = setUp(linesOf(["{", JSON.stringify("x".repeat(20))]), producer);
    const key = { kind: "field", name: "id", keyOf: () => null } as const;
    await produceLines(ports, { ...options, key, headers: { from: "a", bytes: Buffer.from([255]) } });
    const letters = (producer.sent.get(deadLetterTopic) ?? []).map(({ value }) => JSON.parse(String(value)));
    const jsonLine = {
      topic,
      subject: "s",
      record: "shop.Order",
      encoding: "plain",
      key_field: "id",
      key_separator: null,
      headers: [
        { key: "from", value: { type: "Buffer", data: [97] } },
        { key: "bytes", value: { type: "Buffer", data: [255] } },
      ],
    };
    expect(letters.sort((one, other) => one.reason.localeCompare(other.reason))).toMatchObject([
      {
        reason: "invalid-json",
        source: { "birdwire.ReplaySource": { file: "f", line: 1 } },
        json_line: jsonLine,
      },
      { reason: "record-too-large", json_line: jsonLine },
    ]);
  });

  test("reads no line after the one that ended it", async () => {
    let taken = 0;
    const producer = createFakeProducer();
    const { ports, options } = setUp(
      linesOf(["1", "{", "3"], () => taken++),
      producer,
    );
    await expect(produceLines({ ...ports, deadLetters: null }, options)).rejects.toMatchObject({
      code: "unencodable-line",
      details: { file: "f", line: 2 },
    });
    expect(taken).toBe(2);
    expect(producer.sent.get(topic)).toHaveLength(1);
  });
});
