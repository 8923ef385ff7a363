/**
 * A consumer proves before it prints anything that it can read every version of the subject.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { TweetVersions } from "../../src/generated/tweet.ts";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { fileSchema, frameOf, sendRaw } from "../support/registered.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-readers-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tweetV1 = JSON.parse(TweetVersions[0]?.json ?? "");
/** No Tweet reads it: the id is a number, and there is no text. */
const numbered = {
  ...tweetV1,
  fields: [
    { name: "id", type: "long" },
    {
      name: "created_at",
      type: tweetV1.fields.find(({ name }: { name: string }) => name === "created_at").type,
    },
  ],
};
const tweet = { id: "1", text: "fine", created_at: "2026-01-31T12:00:00.000Z" };

const consume = ({ run }: EmulatedServers, ...flags: readonly string[]) =>
  run("consume", "--from-beginning", "--until-end", "--format", "json", ...flags);

async function writeTweetAndNumbered(servers: EmulatedServers) {
  const good = await fileSchema(servers, "twitter-value", tweetV1);
  const bad = await fileSchema(servers, "twitter-value", numbered);
  await sendRaw(servers, "twitter", [
    frameOf(good, tweetV1, tweet),
    frameOf(bad, numbered, { id: 7, created_at: tweet.created_at }),
    frameOf(good, tweetV1, { ...tweet, id: "2" }),
  ]);
  return { good, bad };
}

describe("a version that cannot be read", () => {
  test("ends the run with 3 before anything is printed, and every finding is told with its remedy", async () => {
    await using servers = await startServersHere();
    const { bad } = await writeTweetAndNumbered(servers);
    const { code, stdout, stderr } = await consume(servers);
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      new RegExp(
        `version 2 \\(schema ${bad}\\) of twitter-value cannot be read: .*a long was written.*keep the type.*TYPE_MISMATCH`,
      ),
    );
    expect(stderr).toMatch(/no field "text".*give it a default.*READER_FIELD_MISSING_DEFAULT_VALUE/);
    expect(stderr).toMatch(
      /1 of 2 versions of subject twitter-value \(2\) cannot be read as birdwire\.Tweet version 3/,
    );
    expect(stderr).toMatch(/--reader .*--on-error skip/);
    expect(code).toBe(3);
  });

  test("is met by a policy that was named", async () => {
    await using servers = await startServersHere();
    await writeTweetAndNumbered(servers);
    const { code, stdout, stderr } = await consume(servers, "--on-error", "skip");
    expect(stderr).toMatch(/version 2 .*cannot be read/);
    expect(readJsonLines(stdout).map(({ id }) => id)).toEqual(["1", "2"]);
    expect(readSummary(stderr)).toMatchObject({ undecodable: 1 });
    expect(code).toBe(0);
  });
});

describe("--reader", () => {
  const orderV1 = {
    type: "record",
    name: "Order",
    fields: [
      { name: "id", type: "int" },
      { name: "note", type: ["null", "string"], default: null },
    ],
  };
  const orderV2 = { ...orderV1, fields: [{ name: "id", type: "long" }, ...orderV1.fields.slice(1)] };

  async function writeOrders(servers: EmulatedServers) {
    const ids = [
      await fileSchema(servers, "orders-value", orderV1),
      await fileSchema(servers, "orders-value", orderV2),
    ] as const;
    await sendRaw(servers, "orders", [
      frameOf(ids[0], orderV1, { id: 1, note: "a" }),
      frameOf(ids[1], orderV2, { id: 2, note: null }),
    ]);
  }

  test("latest reads any topic with what its subject has", async () => {
    await using servers = await startServersHere();
    await writeOrders(servers);
    for (const reader of ["latest", "2"]) {
      const { code, stdout } = await consume(servers, "--topic", "orders", "--reader", reader);
      expect(readJsonLines(stdout)).toEqual([
        { id: 1, note: "a" },
        { id: 2, note: null },
      ]);
      expect(code).toBe(0);
    }
  });

  test("an older version does not read a widened field", async () => {
    await using servers = await startServersHere();
    await writeOrders(servers);
    const { code, stderr } = await consume(servers, "--topic", "orders", "--reader", "1");
    expect(stderr).toMatch(/version 2 .*of orders-value cannot be read.*a long was written/);
    expect(code).toBe(3);
  });

  test("a file reads as its own schema says, in a table, too", async () => {
    await using servers = await startServersHere();
    await writeOrders(servers);
    const file = join(folder, "order.avsc");
    const schema = {
      ...orderV2,
      fields: [orderV2.fields[0], { name: "paid", type: "boolean", default: false }],
    };
    await writeFile(file, JSON.stringify(schema));
    const flags = ["--topic", "orders", "--reader", file];
    expect(readJsonLines((await consume(servers, ...flags)).stdout)).toEqual([
      { id: 1, paid: false },
      { id: 2, paid: false },
    ]);
    const { stdout } = await servers.run("consume", "--from-beginning", "--until-end", ...flags);
    expect(stdout).toMatch(/^\| id\|$/m);
  });

  test("a folder of schemas tells what a topic holds: the newest version of its record", async () => {
    await using servers = await startServersHere();
    await writeOrders(servers);
    const schemas = join(folder, "schemas");
    await mkdir(join(schemas, "order"), { recursive: true });
    const newest = {
      ...orderV2,
      fields: [...orderV2.fields, { name: "paid", type: "boolean", default: false }],
    };
    for (const [index, schema] of [orderV1, orderV2, newest].entries()) {
      await writeFile(join(schemas, "order", `v${index + 1}.avsc`), JSON.stringify(schema));
    }
    const entry = { topic: "orders", record: "order", compatibility: "BACKWARD" };
    const subjects = [
      { ...entry, subject: "orders-value" },
      { ...entry, subject: "old-value", topic: "old" },
      { ...entry, subject: "older-value", topic: "old" },
    ];
    await writeFile(join(schemas, "subjects.json"), JSON.stringify({ subjects }));
    const flags = ["--schemas", schemas, "--topic"];
    const { stdout } = await consume(servers, ...flags, "orders");
    expect(readJsonLines(stdout)).toEqual([
      { id: 1, note: "a", paid: false },
      { id: 2, note: null, paid: false },
    ]);
    const refused = [
      [...flags, "none", /has no topic none; its topics are orders, old/],
      [...flags, "old", /topic old has several subjects: --subject names one of old-value, older-value/],
      [...flags, "orders", "--reader", "latest", /--schemas and --reader .*leave one/],
    ] as const;
    for (const each of refused) {
      const { code, stderr } = await consume(servers, ...each.filter((word) => typeof word === "string"));
      expect(stderr).toMatch(each.at(-1) ?? "");
      expect(code).toBe(2);
    }
  });

  test("without it, a topic of other records is refused with the way out", async () => {
    await using servers = await startServersHere();
    await writeOrders(servers);
    const { code, stdout, stderr } = await consume(servers, "--topic", "orders");
    expect(stderr).toMatch(
      /2 of 2 versions of subject orders-value \(1, 2\) cannot be read as birdwire\.Tweet/,
    );
    expect([code, stdout]).toEqual([3, ""]);
  });

  test("what the subject does not have ends with 3", async () => {
    await using servers = await startServersHere();
    await writeOrders(servers);
    const { code, stderr } = await consume(servers, "--topic", "orders", "--reader", "9");
    expect(stderr).toMatch(/version 9 of subject orders-value cannot be read with: the registry has none/);
    expect(code).toBe(3);
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      "a file that is not there",
      ["--reader", "no.avsc"],
      /generated, latest, the number.*no\.avsc cannot be read/,
    ],
    ["a policy that cannot be", ["--on-error", "dead-letter"], /--on-error dead-letter needs --group/],
    [
      "dead letters of dead letters",
      ["--topic", "twitter.dlq", "--group", "g", "--on-error", "dead-letter"],
      /twitter\.dlq holds dead letters, which have none/,
    ],
    ["a version that is none", ["--reader", "0"], /0 is not a schema version/],
  ])("%s ends with 2", async (_what, flags, message) => {
    await using servers = await startServersHere();
    const { code, stderr } = await consume(servers, ...flags);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("--explain", () => {
  const people = (...fields: readonly unknown[]) => ({ type: "record", name: "Person", fields });
  const older = people(
    { name: "nick", type: "string" },
    { name: "age", type: "int" },
    { name: "fax", type: "string" },
  );
  const newer = people(
    { name: "name", aliases: ["nick"], type: "string" },
    { name: "age", type: "long" },
    { name: "mail", type: ["null", "string"], default: null },
  );

  async function writePeople(servers: EmulatedServers) {
    const first = await fileSchema(servers, "people-value", older);
    const second = await fileSchema(servers, "people-value", newer);
    await sendRaw(servers, "people", [
      frameOf(first, older, { nick: "Ann", age: 7, fax: "no" }),
      frameOf(second, newer, { name: "Bo", age: 8, mail: null }),
    ]);
  }

  test("tells of each record what was defaulted, dropped, promoted and found by alias", async () => {
    await using servers = await startServersHere();
    await writePeople(servers);
    const flags = ["--topic", "people", "--reader", "latest", "--explain"];
    const { code, stdout } = await servers.run("consume", "--from-beginning", "--until-end", ...flags);
    expect(stdout).toMatch(
      /written as version 1 \(schema \d+\), read as Person version 2 \([0-9a-f]{16}\):\n/,
    );
    expect(stdout).toMatch(
      /name {2}found by alias: the writer calls it nick\n.*age {3}promoted from int to long\n.*mail {2}defaulted to null\n.*fax {3}dropped/,
    );
    expect(stdout).toMatch(/written as version 2 .*: nothing changed\n/);
    expect(code).toBe(0);
    const lines = readJsonLines<{ resolution: { field: string; kind: string }[] }>(
      (await consume(servers, ...flags)).stdout,
    );
    expect(lines.map(({ resolution }) => resolution.map(({ field, kind }) => `${field} ${kind}`))).toEqual([
      ["name alias", "age promoted", "mail defaulted", "fax dropped"],
      [],
    ]);
  });
});
