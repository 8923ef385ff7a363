/**
 * Topics of dead letters whose letters are of several record types, and such topics consumed like any other: what one
 * run does not read it names with the command that does, and no letter has a letter of its own.
 */
import { describe, expect, test } from "@jest/globals";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { adapterOf } from "../support/kafka-clients.ts";
import { consumeOrders, orders, orderV1 } from "../support/order-letters.ts";
import { fileSchema, frameOf, sendRaw } from "../support/registered.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

const payment = { type: "record", name: "Payment", fields: [{ name: "sum", type: "int" }] };
const refund = { type: "record", name: "Refund", fields: [{ name: "sum", type: "int" }] };

/** A consumer of tweets met two payments, a refund (under the subject of payments) and an order. */
async function writeMixedLetters(servers: EmulatedServers) {
  const refundId = await fileSchema(servers, "payments", refund);
  const paymentId = await fileSchema(servers, "payments", payment);
  const orderId = await fileSchema(servers, "orders-value", orderV1);
  await sendRaw(servers, orders, [
    frameOf(paymentId, payment, { sum: 1 }),
    frameOf(refundId, refund, { sum: 2 }),
    frameOf(orderId, orderV1, { id: 3, note: null }),
    frameOf(paymentId, payment, { sum: 4 }),
  ]);
  const { stderr } = await consumeOrders(servers, "--on-error", "dead-letter");
  expect(readSummary(stderr)).toMatchObject({ "dead-lettered": 4 });
}

describe("dlq redrive of several record types", () => {
  test("sends those it reads, and names the others with the command for each", async () => {
    await using servers = await startServersHere();
    await writeMixedLetters(servers);
    const redrive = (...flags: readonly string[]) =>
      servers.run("dlq", "redrive", "--topic", orders, ...flags);
    const dry = await redrive("--dry-run", "--format", "json");
    expect(readJsonLines(dry.stdout)).toMatchObject([
      { reason: "other-record-type", left: { record: "Payment", subject: "payments", version: null } },
      { reason: "other-record-type", left: { record: "Refund", subject: "payments", version: 1 } },
      { outcome: "redriven" },
      { reason: "other-record-type" },
    ]);
    expect(dry.stderr).toMatch(
      /2 letters are of Payment, .*: birdwire dlq redrive --topic orders --subject payments --dry-run\n/,
    );

    const first = await redrive();
    expect(first.stdout).toMatch(
      /0:0 +left: it is a record of Payment, and this run reads Order {2}\(orders 0:0\)\n/,
    );
    expect(readSummary(first.stderr)).toMatchObject({
      redriven: 1,
      "still fail": 0,
      "left for another run": 3,
    });
    expect(first.stderr).toMatch(
      /1 letter is of Refund, .*: birdwire dlq redrive --topic orders --reader 1 --subject payments\n/,
    );
    expect(first.code).toBe(7);
    const second = await redrive("--subject", "payments");
    expect(readSummary(second.stderr)).toMatchObject({ redriven: 2, "left for another run": 1 });
    const third = await redrive("--reader", "1", "--subject", "payments");
    expect(readSummary(third.stderr)).toMatchObject({ redriven: 1, "still fail": 0 });
    expect(third.stderr).not.toMatch(/left for another run/);
    expect(third.code).toBe(0);
  });

  test("is what dlq explain says of each", async () => {
    await using servers = await startServersHere();
    await writeMixedLetters(servers);
    const { stdout } = await servers.run("dlq", "explain", "--topic", orders);
    const helps = [...stdout.matchAll(/what helps {2,}(.*)\n/g)].map(([, help]) => help);
    const command = "birdwire dlq redrive --stage decode --reason incompatible --topic orders";
    expect(helps.sort()).toEqual([
      command,
      `${command} --reader 1 --subject payments`,
      `${command} --subject payments`,
    ]);
  });
});

describe("consume of a topic of dead letters", () => {
  test.each([
    ["their own schema", []],
    ["a reader of another record type", ["--reader", "latest", "--subject", "orders-value"]],
  ])(
    "with %s leaves what it cannot read where it is, writes nothing, and names the commands",
    async (_what, flags) => {
      await using servers = await startServersHere();
      await writeMixedLetters(servers);
      await sendRaw(servers, "orders.dlq", [Buffer.from("no letter")]);
      await using admin = await adapterOf(servers.kafka.bootstrap).openAdmin();
      const before = await admin.topics();
      const { code, stderr } = await servers.run(
        "consume",
        ...["--topic", "orders.dlq", "--group", "g", "--from-beginning", "--until-end", ...flags],
      );
      expect(code).toBe(0);
      expect(stderr).toMatch(
        /orders\.dlq holds dead letters, .*: birdwire dlq explain --topic orders .*birdwire dlq show/,
      );
      expect(stderr).not.toMatch(/without --group/);
      expect(readSummary(stderr)).toMatchObject({ consumed: 5, "dead-lettered": 0 });
      const strict = await servers.run(
        "consume",
        ...["--topic", "orders.dlq", "--from-beginning", "--until-end", "--on-error", "fail", ...flags],
      );
      expect(strict.stderr).toMatch(/birdwire dlq show 0:\d --topic orders\.dlq shows it/);
      expect(strict.code).toBe(7);
      expect(await admin.topics()).toEqual(before);
      expect(await servers.keysIn("orders.dlq")).toHaveLength(5);
    },
  );
});
