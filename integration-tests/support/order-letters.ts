/**
 * A topic of orders, which are no tweets, and dead letters of its records.
 */
import { expect } from "@jest/globals";
import { parseTopicName } from "../../src/kernel/brand.ts";
import type { EmulatedServers } from "./emulated-servers.ts";
import { adapterOf, send } from "./kafka-clients.ts";
import { fileSchema, frameOf, sendRaw } from "./registered.ts";
import { readSummary } from "./screen.ts";

export const orders = parseTopicName("orders");

export const orderV1 = {
  type: "record",
  name: "Order",
  fields: [
    { name: "id", type: "int" },
    { name: "note", type: ["null", "string"], default: null },
  ],
};
export const orderV2 = { ...orderV1, fields: [{ name: "id", type: "long" }, ...orderV1.fields.slice(1)] };
/** Registered by nobody at first. */
export const foreignOrder = { ...orderV2, doc: "Of another team." };

/** Values under keys of their own. */
export async function sendOrders({ kafka }: EmulatedServers, values: readonly Buffer[]): Promise<void> {
  const records = values.map((value, index) => ({ key: Buffer.from(String(index + 1)), value }));
  await send(adapterOf(kafka.bootstrap), orders, records);
}

export const consumeOrders = ({ run }: EmulatedServers, ...flags: readonly string[]) =>
  run(
    "consume",
    ...["--topic", orders, "--group", "g", "--from-beginning", "--until-end", "--format", "json"],
    ...flags,
  );

/** A consumer with version 1 reads the first of three records; the second is of version 2, the third of a schema that nobody has. */
export async function writeOrderLetters(servers: EmulatedServers): Promise<{ readonly foreignId: number }> {
  const first = await fileSchema(servers, "orders-value", orderV1);
  const second = await fileSchema(servers, "orders-value", orderV2);
  // The consumer registers both versions of its dead letters in between.
  const foreignId = second + 3;
  await sendRaw(servers, orders, []);
  await sendOrders(servers, [
    frameOf(first, orderV1, { id: 1, note: "a" }),
    frameOf(second, orderV2, { id: 2, note: "b" }),
    frameOf(foreignId, foreignOrder, { id: 3, note: "c" }),
  ]);
  const { code, stderr } = await consumeOrders(servers, "--reader", "1", "--on-error", "dead-letter");
  expect({ code, ...readSummary(stderr) }).toMatchObject({ code: 0, printed: 1, "dead-lettered": 2 });
  return { foreignId };
}
