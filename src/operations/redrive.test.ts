import { describe, expect, test } from "@jest/globals";
import type { DeadLetter } from "../generated/dead-letter.ts";
import type { ConsumedRecord, OutgoingRecord, RecordProducer, TopicReader } from "../kafka/port.ts";
import { parseTopicName, type TopicName } from "../kernel/brand.ts";
import { BirdwireError } from "../kernel/error.ts";
import type { RecordDecoder } from "../serde/decoder.ts";
import type { LetterPlace } from "./receipt.ts";
import { type Proof, type RedriveOptions, redrive } from "./redrive.ts";

const topic = parseTopicName("twitter");
const deadLetterTopic = parseTopicName("twitter.dlq");

/** A broker of one partition a topic; sends to a topic fail as often as told. */
function createBroker() {
  const logs = new Map<TopicName, ConsumedRecord[]>();
  const failing = new Map<TopicName, Error[]>();
  const logOf = (name: TopicName) => {
    const log = logs.get(name) ?? [];
    logs.set(name, log);
    return log;
  };
  const append = (name: TopicName, { key, value, headers = {}, timestampMs = 0 }: OutgoingRecord) => {
    const log = logOf(name);
    const bytes = Object.fromEntries(
      Object.entries(headers).map(([header, text]) => [header, Buffer.from(text)]),
    );
    log.push({ topic: name, partition: 0, offset: log.length, timestampMs, key, value, headers: bytes });
  };
  const reader: TopicReader = {
    async *tail(name) {
      const records = [...logOf(name)];
      const { length } = records;
      if (length > 0)
        yield { topic: name, partition: 0, records, nextOffset: length, done: length, total: length };
    },
    async [Symbol.asyncDispose]() {},
  };
  const producer: RecordProducer = {
    async send(name, records) {
      const error = failing.get(name)?.shift();
      if (error !== undefined) throw error;
      for (const record of records) append(name, record);
    },
    async [Symbol.asyncDispose]() {},
  };
  return { logOf, append, failing, reader, producer };
}

const letterOf = (id: string, more: Partial<DeadLetter> = {}): DeadLetter => ({
  failed_at: Number(id),
  stage: "map",
  reason: "missing-field",
  message: "m",
  raw: Buffer.from(id),
  key: null,
  source: { "birdwire.ReplaySource": { file: "f", line: 1 } },
  writer_id: null,
  reader_fingerprint: null,
  json_line: null,
  ...more,
});

function setUp(letters: readonly DeadLetter[]) {
  const broker = createBroker();
  const known = new Map<string, DeadLetter>();
  const addLetter = (letter: DeadLetter) => {
    const name = String(known.size);
    known.set(name, letter);
    broker.append(deadLetterTopic, { key: null, value: Buffer.from(name) });
  };
  for (const letter of letters) addLetter(letter);
  const decoder: RecordDecoder<DeadLetter> = {
    decode(value) {
      if (value === null) return { kind: "tombstone" };
      const found = known.get(value.toString());
      if (found === undefined)
        return { kind: "undecodable", code: "bad-magic", message: "m", writerId: null };
      return { kind: "record", value: found, writer: { id: 1 as never, version: null, fields: null } };
    },
  };
  let opened = 0;
  const run = async (options: Partial<RedriveOptions> = {}) => {
    const outcomes: string[] = [];
    const prove = ({ raw, reason, failed_at }: DeadLetter): Proof =>
      reason === "hopeless"
        ? { kind: "fails", stage: "map", reason, message: "m" }
        : {
            kind: "record",
            record: { key: raw, value: Buffer.from("v"), timestampMs: failed_at },
            isEvent: reason === "event",
            isUpdate: reason === "update",
          };
    await redrive(
      {
        reader: broker.reader,
        decoder,
        prove,
        async openProducer() {
          opened++;
          return broker.producer;
        },
        async onOutcome({ offset }: LetterPlace, _letter, { kind }) {
          outcomes.push(`${offset} ${kind}`);
        },
      },
      {
        topic,
        deadLetterTopic,
        filter: {},
        dryRun: false,
        signal: new AbortController().signal,
        ...options,
      },
    );
    return outcomes;
  };
  const sent = () => broker.logOf(topic).map(({ key }) => String(key));
  return { broker, run, sent, addLetter, opened: () => opened };
}

describe("a redrive", () => {
  test("sends each letter once, oldest first, and the next one has nothing to do", async () => {
    const { run, sent } = setUp([letterOf("3"), letterOf("1"), letterOf("2", { reason: "hopeless" })]);
    expect(await run()).toEqual(["1 redriven", "2 fails", "0 redriven"]);
    expect(sent()).toEqual(["1", "3"]);
    expect(await run()).toEqual(["2 fails"]);
    expect(sent()).toEqual(["1", "3"]);
  });

  test("that is killed before its receipts are written sends nothing again", async () => {
    const { broker, run, sent } = setUp([letterOf("1"), letterOf("2")]);
    broker.failing.set(deadLetterTopic, [new Error("killed")]);
    await expect(run()).rejects.toThrow("killed");
    expect(sent()).toEqual(["1", "2"]);
    expect(await run()).toEqual(["0 already-there", "1 already-there"]);
    expect(sent()).toEqual(["1", "2"]);
    expect(await run()).toEqual([]);
  });

  test("finds a record without a key again by the letter it was made of", async () => {
    const { broker, run } = setUp([letterOf("1")]);
    const headers = { "birdwire.redriven-from": "twitter.dlq:0:0" };
    broker.append(topic, { key: null, value: Buffer.from("v"), headers });
    expect(await run()).toEqual(["0 already-there"]);
  });

  test("holds only so many bytes at once, and comes to every letter all the same", async () => {
    const { run, sent } = setUp(Array.from({ length: 7 }, (_, index) => letterOf(String(index + 1))));
    expect(await run({ maxHeldBytes: 1 })).toHaveLength(7);
    expect(sent()).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
  });

  test("comes past letters that others have dealt with, though they fill what it may hold", async () => {
    const { broker, run, addLetter } = setUp([letterOf("1"), letterOf("2"), letterOf("3")]);
    await run();
    addLetter(letterOf("4"));
    // As if the receipts had come after the new letter.
    const log = broker.logOf(deadLetterTopic);
    const letters = log.filter(({ value }) => value !== null);
    const receipts = log.filter(({ value }) => value === null);
    log.length = 0;
    for (const record of [...letters, ...receipts]) log.push({ ...record, offset: log.length });
    expect(await run({ maxHeldBytes: 1 })).toEqual(["3 redriven"]);
  });

  test("tries no more than it may over all its rounds", async () => {
    const { run } = setUp(Array.from({ length: 7 }, (_, index) => letterOf(String(index + 1))));
    expect(await run({ maxHeldBytes: 1, max: 3 })).toHaveLength(3);
  });

  test("tells what would be, opens no producer and writes nothing, when it is dry", async () => {
    const { broker, run, opened } = setUp([
      letterOf("1"),
      letterOf("1"),
      letterOf("2", { reason: "hopeless" }),
    ]);
    expect(await run({ dryRun: true })).toEqual(["0 redriven", "1 already-there", "2 fails"]);
    expect(opened()).toBe(0);
    expect(broker.logOf(topic)).toEqual([]);
    expect(broker.logOf(deadLetterTopic)).toHaveLength(3);
  });

  test("leaves a letter open whose record is too large, and sends those around it", async () => {
    const { broker, run, sent } = setUp([letterOf("1"), letterOf("2"), letterOf("3")]);
    const tooLarge = new BirdwireError("record-too-large", "too large", { details: { index: 1 } });
    broker.failing.set(topic, [tooLarge]);
    const send = broker.producer.send;
    // What stands before the culprit is written.
    Object.assign(broker.producer, {
      async send(name: TopicName, records: readonly OutgoingRecord[]) {
        if (name === topic && broker.failing.get(topic)?.length === 1 && records[0] !== undefined) {
          broker.append(topic, records[0]);
        }
        await send(name, records);
      },
    });
    expect(await run()).toEqual(["0 redriven", "1 fails", "2 redriven"]);
    expect(sent()).toEqual(["1", "3"]);
    expect(await run()).toEqual(["1 redriven"]);
  });

  const record = (offset: number): Partial<DeadLetter> => ({
    source: { "birdwire.TopicSource": { topic, partition: 0, offset, timestamp: 0, headers: [] } },
  });
  test.each([
    ["nothing", [], "0 redriven"],
    ["a later value of its key", ["value"], "0 superseded"],
    ["a tombstone of its key", [null], "0 forgotten"],
    ["a value after a tombstone", [null, "value"], "0 superseded"],
  ] as const)("of a record after which the topic has %s", async (_what, later, outcome) => {
    const { broker, run } = setUp([letterOf("1", record(0))]);
    broker.append(topic, { key: Buffer.from("1"), value: Buffer.from("undecodable") });
    for (const value of later) {
      broker.append(topic, { key: Buffer.from("1"), value: value === null ? null : Buffer.from(value) });
    }
    expect(await run()).toEqual([outcome]);
  });

  test("of an event sends it whatever else the topic has of its key, and once however many letters it has", async () => {
    const event = (failedAt: number, offset: number) =>
      letterOf("1", { ...record(offset), failed_at: failedAt, reason: "event" });
    const { broker, run, sent, addLetter } = setUp([event(1, 0), event(2, 1), event(3, 0)]);
    for (const value of ["first", "second", "later", null]) {
      broker.append(topic, { key: Buffer.from("1"), value: value === null ? null : Buffer.from(value) });
    }
    expect(await run({ dryRun: true })).toEqual(["0 redriven", "1 redriven", "2 already-there"]);
    expect(await run()).toEqual(["0 redriven", "1 redriven", "2 already-there"]);
    expect(sent()).toHaveLength(6);
    // Of another group, which met the same record later.
    addLetter(event(4, 1));
    addLetter(event(5, 2));
    expect((await run()).map((outcome) => outcome.split(" ")[1])).toEqual(["already-there", "redriven"]);
  });

  test("of an event that stood nowhere before sends it, whatever the topic has of its key, and once", async () => {
    const { broker, run, sent } = setUp([
      letterOf("1", { reason: "event" }),
      letterOf("1", { reason: "event" }),
    ]);
    broker.append(topic, { key: Buffer.from("1"), value: null });
    broker.failing.set(deadLetterTopic, [new Error("killed")]);
    await expect(run()).rejects.toThrow("killed");
    expect(sent()).toHaveLength(3);
    expect(await run()).toEqual(["0 already-there", "1 already-there"]);
    expect(sent()).toHaveLength(3);
  });

  test.each<[string, readonly (readonly [value: string | null, timestampMs: number])[], readonly string[]]>([
    ["nothing", [], ["0 redriven", "1 redriven"]],
    ["an earlier value", [["v", 1]], ["0 redriven", "1 redriven"]],
    ["an earlier tombstone", [[null, 1]], ["0 redriven", "1 redriven"]],
    ["a value between them", [["v", 3]], ["0 superseded", "1 redriven"]],
    ["a later value", [["v", 9]], ["0 superseded", "1 superseded"]],
    ["a later tombstone", [[null, 9]], ["0 forgotten", "1 forgotten"]],
  ])(
    "of values that take the place of others, where the topic has %s of the key",
    async (_what, there, outcomes) => {
      const update = (failedAt: number) => letterOf("5", { reason: "update", failed_at: failedAt });
      const { broker, run } = setUp([update(2), update(4)]);
      for (const [value, timestampMs] of there) {
        const bytes = value === null ? null : Buffer.from(value);
        broker.append(topic, { key: Buffer.from("5"), value: bytes, timestampMs });
      }
      expect(await run()).toEqual(outcomes);
    },
  );

  test("that is killed before its receipts are written sends no event again", async () => {
    const { broker, run, sent } = setUp([letterOf("1", { ...record(0), reason: "event" })]);
    broker.failing.set(deadLetterTopic, [new Error("killed")]);
    await expect(run()).rejects.toThrow("killed");
    expect(await run()).toEqual(["0 already-there"]);
    expect(sent()).toHaveLength(1);
  });
});
