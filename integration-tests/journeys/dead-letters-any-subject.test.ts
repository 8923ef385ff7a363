/**
 * Dead letters of records that are no tweets: proved and redriven with the schema that fits their subject.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { adapterOf } from "../support/kafka-clients.ts";
import {
  consumeOrders,
  foreignOrder,
  orders,
  orderV1,
  orderV2,
  writeOrderLetters,
} from "../support/order-letters.ts";
import { fileSchema, frameOf, sendRaw } from "../support/registered.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-letters-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const redrive = ({ run }: EmulatedServers, ...flags: readonly string[]) =>
  run("dlq", "redrive", "--topic", orders, "--format", "json", ...flags);
const versionsOf = async ({ registryUrl }: EmulatedServers) =>
  await (await fetch(`${registryUrl}/subjects/orders-value/versions`)).json();

describe("dlq redrive of another subject", () => {
  test("proves with what the subject has, sends what can be read, and registers nothing of ours", async () => {
    await using servers = await startServersHere();
    await writeOrderLetters(servers);
    const dry = await redrive(servers, "--dry-run");
    expect(readJsonLines(dry.stdout)).toMatchObject([
      { outcome: "redriven", source: "orders 0:1", dry_run: true },
      { outcome: "fails", reason: "unknown-schema-id", source: "orders 0:2" },
    ]);
    expect(dry.code).toBe(7);

    const real = await redrive(servers);
    expect(readSummary(real.stderr)).toMatchObject({ redriven: 1, "still fail": 1 });
    expect(real.code).toBe(7);
    expect(await servers.keysIn(orders)).toEqual(["1", "2", "2", "3"]);
    expect(await versionsOf(servers)).toEqual([1, 2]);

    await fileSchema(servers, "elsewhere-value", foreignOrder);
    const last = await redrive(servers);
    expect(readSummary(last.stderr)).toMatchObject({ redriven: 1, "still fail": 0 });
    expect(last.code).toBe(0);
    const { stdout } = await consumeOrders(servers, "--reader", "latest");
    expect(readJsonLines(stdout)).toEqual([
      { id: 2, note: "b" },
      { id: 3, note: "c" },
    ]);
  });

  test.each([
    ["delete", { redriven: 2, superseded: 0 }, [2, 3]],
    ["compact", { redriven: 1, superseded: 1 }, [3]],
  ] as const)(
    "with cleanup.policy=%s: whether a later record of a key stands for an earlier one",
    async (policy, counts, ids) => {
      await using servers = await startServersHere();
      await using admin = await adapterOf(servers.kafka.bootstrap).openAdmin();
      await admin.createTopic({ topic: orders, partitions: 1, config: { "cleanup.policy": policy } });
      const first = await fileSchema(servers, "orders-value", orderV1);
      const second = await fileSchema(servers, "orders-value", orderV2);
      // All under one key.
      await sendRaw(servers, orders, [
        frameOf(first, orderV1, { id: 1, note: "a" }),
        frameOf(second, orderV2, { id: 2, note: "b" }),
        frameOf(second, orderV2, { id: 3, note: "c" }),
      ]);
      await consumeOrders(servers, "--reader", "1", "--on-error", "dead-letter");
      const { code, stderr } = await redrive(servers);
      expect(readSummary(stderr)).toMatchObject(counts);
      expect(code).toBe(0);
      const { stdout } = await consumeOrders(servers, "--reader", "latest");
      expect(readJsonLines(stdout).map(({ id }) => id)).toEqual(ids);
    },
  );

  test("proves with the reader that is named, as consume takes it", async () => {
    await using servers = await startServersHere();
    await writeOrderLetters(servers);
    const outcomes = async (...flags: readonly string[]) => {
      const { code, stdout } = await redrive(servers, "--dry-run", ...flags);
      return [
        code,
        ...readJsonLines(stdout).map(({ outcome, reason = "" }) => `${outcome} ${reason}`.trim()),
      ];
    };
    const unreadable = [7, "fails incompatible", "fails unknown-schema-id"];
    const readable = [7, "redriven", "fails unknown-schema-id"];
    expect(await outcomes("--reader", "1")).toEqual(unreadable);
    expect(await outcomes("--reader", "generated")).toEqual([
      7,
      "fails other-record-type",
      "fails unknown-schema-id",
    ]);
    expect(await outcomes("--reader", "2")).toEqual(readable);
    const file = join(folder, "order.avsc");
    await writeFile(file, JSON.stringify(orderV2));
    expect(await outcomes("--reader", file)).toEqual(readable);
    const schemas = join(folder, "schemas");
    await mkdir(join(schemas, "order"), { recursive: true });
    for (const [index, schema] of [orderV1, orderV2].entries()) {
      await writeFile(join(schemas, "order", `v${index + 1}.avsc`), JSON.stringify(schema));
    }
    const entry = { subject: "orders-value", topic: "orders", record: "order", compatibility: "BACKWARD" };
    await writeFile(join(schemas, "subjects.json"), JSON.stringify({ subjects: [entry] }));
    expect(await outcomes("--schemas", schemas)).toEqual(readable);
    // Letters are named by either topic.
    expect(await outcomes("--topic", "orders.dlq")).toEqual(readable);
    await fileSchema(servers, "old-orders", orderV1);
    expect(await outcomes("--subject", "old-orders")).toEqual(unreadable);
  });

  test.each<[string, readonly string[], RegExp, number]>([
    [
      "a version that is not there",
      ["--reader", "9"],
      /version 9 of subject orders-value cannot be read with/,
      3,
    ],
    [
      "a file that is not there",
      ["--reader", "no.avsc"],
      /--reader takes generated.*no\.avsc cannot be read/,
      2,
    ],
    ["two readers", ["--reader", "1", "--schemas", "schemas"], /--schemas and --reader .*leave one/, 2],
  ])("%s is refused", async (_what, flags, message, code) => {
    await using servers = await startServersHere();
    await writeOrderLetters(servers);
    const refused = await redrive(servers, ...flags);
    expect(refused.stderr).toMatch(message);
    expect(refused.code).toBe(code);
  });
});
