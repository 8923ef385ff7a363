/**
 * `produce --from-json`: what `consume` prints goes back as the same records, of any schema; what is no value of it is
 * kept, and told by its line and path.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { eventually } from "../support/eventually.ts";
import { adapterOf } from "../support/kafka-clients.ts";
import { fileSchema } from "../support/registered.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

let folder = "";
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-from-json-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function save(content: string | Buffer, ending = "ndjson"): Promise<string> {
  const file = join(folder, `${++files}.${ending}`);
  await writeFile(file, content);
  return file;
}

/** Each thing that JSON cannot say by itself. */
const order = {
  type: "record",
  name: "Order",
  namespace: "shop",
  fields: [
    { name: "id", type: "string" },
    { name: "number", type: "long" },
    { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 20, scale: 2 } },
    { name: "at", type: { type: "long", logicalType: "timestamp-micros" } },
    { name: "raw", type: "bytes" },
    { name: "note", type: ["null", "string"], default: null },
    { name: "weight", type: ["null", "long", "double"], default: null },
    { name: "parts", type: { type: "map", values: { type: "fixed", name: "Hash", size: 2 } } },
  ],
};
const line = (id: string, more: object = {}) =>
  JSON.stringify({
    id,
    number: "9007199254740993",
    price: "123456789012345.67",
    at: "2026-01-31T12:00:00.000001Z",
    raw: "AP8=",
    note: "ü",
    weight: 0.5,
    parts: { a: "AAE=" },
    ...more,
  });
const tweet = (id: string, more: object = {}) =>
  JSON.stringify({ id, text: "hello", created_at: "2026-01-31T12:00:00.000Z", ...more });

async function recordsIn({ kafka }: EmulatedServers, topic: string) {
  await using reader = await adapterOf(kafka.bootstrap).openReader();
  const found = [];
  const whole = { maxRecords: Number.POSITIVE_INFINITY };
  for await (const { records } of reader.tail(parseTopicName(topic), whole)) found.push(...records);
  return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

const feed = (servers: EmulatedServers, lines: readonly string[], ...args: readonly string[]) =>
  runBirdwireHere(["produce", "--from-json", "-", ...args], {
    env: servers.env,
    stdin: Readable.from([Buffer.from(lines.map((text) => `${text}\n`).join(""))]),
  });

describe("a round trip", () => {
  test.each([
    ["json", "plain"],
    ["avro-json", "avro"],
  ])("through --format %s gives the same bytes on another topic", async (format, encoding) => {
    await using servers = await startServersHere();
    await fileSchema(servers, "orders-value", order);
    const lines = [line("1"), line("2", { note: null, weight: null, number: -1, parts: {} })];
    const first = await feed(servers, lines, "--topic", "orders");
    expect(first).toMatchObject({ code: 0 });
    expect(readSummary(first.stderr)).toMatchObject({ lines: 2, produced: 2, "dead-lettered": 0 });

    const printed = await servers.run(
      "consume",
      "--topic",
      "orders",
      "--reader",
      "latest",
      "--format",
      format,
      "--from-beginning",
      "--until-end",
    );
    if (format === "json")
      expect(printed.stdout.trimEnd().split("\n").sort()).toEqual(lines.map(reordered).sort());
    const schema = await save(JSON.stringify(order), "avsc");
    const second = await feed(
      servers,
      printed.stdout.trimEnd().split("\n"),
      "--topic",
      "copies",
      "--schema",
      schema,
      "--json-encoding",
      encoding,
    );
    expect(second).toMatchObject({ code: 0 });

    const bytesOf = async (topic: string) =>
      (await recordsIn(servers, topic))
        .map(({ key, value }) => [String(key), value?.subarray(5).toString("hex")])
        .sort();
    const copies = await bytesOf("copies");
    expect(copies).toHaveLength(2);
    expect(copies).toEqual(await bytesOf("orders"));
  });

  test("of tweets, in the version asked for, from a packed file", async () => {
    await using servers = await startServersHere();
    const file = await save(gzipSync(`${tweet("1")}\n\n${tweet("2")}\n`), "ndjson.gz");
    const { code } = await servers.run("produce", "--from-json", file, "--schema-version", "1");
    expect(code).toBe(0);
    expect(await servers.keysIn()).toEqual(["1", "2"]);
    const { stdout } = await servers.run(
      "consume",
      "--from-beginning",
      "--until-end",
      "--format",
      "json",
      "--meta",
    );
    expect(readJsonLines(stdout).map(({ writer }) => writer)).toMatchObject([{ version: 1 }, { version: 1 }]);
  });
});

describe("a line that is no value of the schema", () => {
  test("is told by its line and path, kept as a dead letter, and holds up nothing", async () => {
    await using servers = await startServersHere();
    const bad = tweet("2", { text: 5, nonsense: 1 });
    const { code, stderr } = await feed(servers, [tweet("1"), bad, "{", "null", tweet("3")]);
    expect(code).toBe(0);
    expect(await servers.keysIn()).toEqual(["1", "3"]);
    expect(stderr).toMatch(
      /dead letter: invalid-value: \/text: expected a string, got the number 5; \/nonsense: birdwire\.Tweet has no such field.*line=2/,
    );
    expect(stderr).toMatch(/dead letter: invalid-json: .*column 2: expected a property name.*line=3/);
    expect(stderr).toMatch(/dead letter: tombstone-without-key: .*line=4/);
    expect(readSummary(stderr)).toMatchObject({ lines: 5, produced: 2, "dead-lettered": 3 });
    const listed = await servers.run("dlq", "list");
    expect(listed.stdout).toMatch(/invalid-value/);
    expect((await recordsIn(servers, "twitter.dlq")).some(({ value }) => value?.includes(bad))).toBe(true);
  });

  test("ends the run under --on-error fail, after what stands before it", async () => {
    await using servers = await startServersHere();
    const { code, stderr } = await feed(servers, [tweet("1"), "{}", tweet("3")], "--on-error", "fail");
    expect(code).toBe(7);
    expect(stderr).toMatch(/stdin, line 2: .*\/id: the field is missing.*\/text: the field is missing/);
    expect(await servers.keysIn()).toEqual(["1"]);
    expect(readSummary(stderr)).toMatchObject({ produced: 1 });
  });
});

describe("the key", () => {
  test("is another field, or none, or stands before the value, where null is a tombstone", async () => {
    await using servers = await startServersHere();
    await fileSchema(servers, "orders-value", order);
    const to = ["--topic", "orders"];
    await feed(servers, [line("1")], ...to, "--key", "number", "--header", "from=a=b");
    await feed(servers, [line("2")], ...to, "--key", "");
    const separated = await feed(
      servers,
      [`k:1|${line("3")}`, "k:2|null", line("4")],
      ...to,
      "--key-separator",
      "|",
    );
    expect(readSummary(separated.stderr)).toMatchObject({ produced: 2, "dead-lettered": 1 });
    expect(separated.stderr).toMatch(/no-key: no "\|" stands between a key and a value/);
    const found = await recordsIn(servers, "orders");
    expect(
      found
        .map(({ key, value, headers }) => [key?.toString() ?? "", value === null, headers.from?.toString()])
        .sort(),
    ).toEqual([
      ["", false, undefined],
      ["9007199254740993", false, "a=b"],
      ["k:1", false, undefined],
      ["k:2", true, undefined],
    ]);
  });

  test.each([
    [["--key", "nonsense"], /--key nonsense: Order has no field nonsense; it has id, number/],
    [["--key", "parts"], /the field parts is no string, enum or whole number/],
    [["--key", "id", "--key-separator", "|"], /both say what the key is/],
  ])("is refused as %j", async (flags, message) => {
    await using servers = await startServersHere();
    await fileSchema(servers, "orders-value", order);
    const { code, stderr } = await feed(servers, [], "--topic", "orders", ...flags);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("the schema", () => {
  const folderWith = async (versions: readonly object[], entry: object = {}) => {
    const dir = await mkdtemp(join(folder, "schemas-"));
    const { mkdir } = await import("node:fs/promises");
    await mkdir(join(dir, "order"));
    const subject = {
      subject: "shop.orders",
      topic: "orders",
      record: "order",
      compatibility: "BACKWARD",
      ...entry,
    };
    await writeFile(join(dir, "subjects.json"), JSON.stringify({ subjects: [subject] }));
    await Promise.all(
      versions.map((schema, index) =>
        writeFile(join(dir, "order", `v${index + 1}.avsc`), JSON.stringify(schema)),
      ),
    );
    return dir;
  };
  const older = { ...order, fields: order.fields.slice(0, 5) };

  test("is the newest of a folder, whose versions are registered in their order and at their level", async () => {
    await using servers = await startServersHere();
    const dir = await folderWith([older, { ...order, fields: [...order.fields.slice(0, 7)] }]);
    const { code } = await feed(
      servers,
      [line("1", { parts: undefined })],
      "--topic",
      "orders",
      "--schemas",
      dir,
    );
    expect(code).toBe(0);
    const ask = async (path: string) => await (await fetch(`${servers.registryUrl}${path}`)).json();
    expect(await ask("/subjects/shop.orders/versions")).toEqual([1, 2]);
    expect(await ask("/config/shop.orders")).toMatchObject({ compatibilityLevel: "BACKWARD" });
  });

  test("that is only looked up has to be registered", async () => {
    await using servers = await startServersHere();
    const schema = await save(JSON.stringify(order), "avsc");
    const { code, stderr } = await feed(
      servers,
      [],
      "--topic",
      "orders",
      "--schema",
      schema,
      "--register",
      "never",
    );
    expect(stderr).toMatch(/shop\.Order is not registered under subject orders-value/);
    expect(code).toBe(3);
  });

  test("registered last is what is written with --use-latest, longs in full", async () => {
    await using servers = await startServersHere();
    await fileSchema(servers, "orders-value", older);
    const schema = await save(JSON.stringify(order), "avsc");
    const { code, stderr } = await feed(
      servers,
      [line("1")],
      "--topic",
      "orders",
      "--schema",
      schema,
      "--use-latest",
      "--on-error",
      "fail",
    );
    expect(stderr).toMatch(/left out.*note, weight, parts/);
    expect(code).toBe(0);
    const { stdout } = await servers.run(
      "consume",
      "--topic",
      "orders",
      "--reader",
      "latest",
      "--format",
      "json",
      "--from-beginning",
      "--until-end",
    );
    expect(stdout).toContain('"number":"9007199254740993"');
  });

  test("of a topic of dead letters is ours, and the topic is made as theirs", async () => {
    await using servers = await startServersHere();
    const { code } = await feed(servers, [], "--topic", "twitter.dlq", "--on-error", "fail");
    expect(code).toBe(0);
    await using admin = await adapterOf(servers.kafka.bootstrap).openAdmin();
    expect(await admin.partitions(parseTopicName("twitter.dlq"))).toHaveLength(1);
    expect(await (await fetch(`${servers.registryUrl}/subjects`)).json()).toEqual(["twitter.dlq-value"]);
  });

  test("is asked for where nothing is registered", async () => {
    await using servers = await startServersHere();
    const { code, stderr } = await feed(servers, [], "--topic", "orders");
    expect(stderr).toMatch(
      /nothing is registered under subject orders-value: --schema FILE or --schemas DIR/,
    );
    expect(code).toBe(3);
  });
});

describe("the command line", () => {
  test.each([
    [
      ["--from-json", "-", "--replay", "x"],
      /--from-json sends values as they are, and --replay is about posts/,
    ],
    [["--from-json", "-", "--rule", "a=b"], /--rule is about posts/],
    [["--replay", "x", "--key", "id"], /--key belongs to --from-json/],
    [["--from-json", "not-there.ndjson"], /there is no file .*not-there\.ndjson/],
    [["--from-json", "-", "--topic", "twitter.dlq"], /--on-error fail/],
    [["--from-json", "-", "--schema", "package.json"], /--schema package\.json: /],
    [["--from-json", "-", "--header", "x"], /is not NAME=VALUE/],
  ])("%j is refused with 2", async (flags, message) => {
    const { code, stderr } = await runBirdwireHere(["produce", ...flags]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

test("a signal ends it, and what had come is on the topic", async () => {
  await using servers = await startServersHere();
  const stdin = new PassThrough();
  const stop = new AbortController();
  stdin.write(`${tweet("1")}\n`);
  const running = runBirdwireHere(["produce", "--from-json", "-"], {
    env: servers.env,
    stdin,
    interruption: stop.signal,
  });
  await eventually(
    () => countRecords(servers),
    (count) => expect(count).toBe(1),
  );
  stdin.write('{"half": ');
  stop.abort();
  const { code, stderr } = await running;
  expect(code).toBe(0);
  expect(readSummary(stderr)).toMatchObject({ lines: 1, produced: 1, "dead-lettered": 0 });
  expect(stdin.destroyed).toBe(true);
});

async function countRecords({ kafka }: EmulatedServers): Promise<number> {
  await using admin = await adapterOf(kafka.bootstrap).openAdmin();
  if (!(await admin.topics()).includes(parseTopicName("twitter"))) return 0;
  const offsets = await admin.offsets(parseTopicName("twitter"));
  return offsets.reduce((sum, { latest }) => sum + latest, 0);
}

/** In the order of the schema, as it is printed. */
function reordered(text: string): string {
  const value = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify(Object.fromEntries(order.fields.map(({ name }) => [name, value[name]])));
}
