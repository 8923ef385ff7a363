import { deepStrictEqual as same } from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type BatchClass,
  batchModule,
  createQuickBatch,
  loadBatch,
  replaceBatch,
} from "./kafkajs-batch-filter.ts";

const Original = loadBatch();
const Quick = createQuickBatch(Original);

/** All that a batch has and answers. */
function contents(Class: BatchClass, ...args: ConstructorParameters<BatchClass>) {
  const batch = new Class(...args) as InstanceType<BatchClass> & Record<string, () => unknown>;
  const methods = Object.getOwnPropertyNames(Original.prototype).filter((name) => name !== "constructor");
  return { ...batch, answers: methods.map((name) => [name, batch[name]?.()]) };
}

/** Offsets around the one that was asked for, which is also where numbers stop being exact. */
const fetched = fc.constantFrom(0n, 10n, 2n ** 53n, -(2n ** 53n), 2n ** 62n).chain((center) => {
  const offset = fc.bigInt({ min: center - 4n, max: center + 4n }).map(String);
  const producerId = fc.constantFrom("1", "2");
  const message = fc.record({
    offset,
    isControlRecord: fc.boolean(),
    key: fc.constantFrom(null, Buffer.from("k"), Buffer.alloc(4)),
    batchContext: fc.record({ producerId, inTransaction: fc.boolean() }),
  });
  const data = fc.record({
    partition: fc.nat(3),
    highWatermark: offset,
    messages: fc.array(message, { maxLength: 8 }),
    abortedTransactions: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(null, []) },
      fc.array(fc.record({ producerId, firstOffset: offset })),
    ),
  });
  return fc.tuple(offset, data);
});

describe("a fetched partition's batch", () => {
  test("is made by what stands in for the class of the pinned version of kafkajs", () => {
    const source = readFileSync(createRequire(import.meta.url).resolve(batchModule));
    // When this fails, read the class again.
    expect(createHash("sha256").update(source).digest("hex")).toBe(
      "04ee8657247441599f200af5871ce6b3c4463abe941b97405502f8f5f683face",
    );
  });

  test("has what kafkajs's has", () => {
    fc.assert(
      fc.property(fetched, ([from, data]) => {
        same(contents(Quick, "twitter", from, data), contents(Original, "twitter", from, data));
      }),
      { numRuns: 2000 },
    );
  });

  test("reads each offset once", () => {
    let reads = 0;
    const message = {
      get offset() {
        reads++;
        return "5";
      },
    };
    const batch = new Quick("twitter", "5", { partition: 0, highWatermark: "6", messages: [message] });
    expect({ reads, messages: batch.messages }).toEqual({ reads: 1, messages: [message] });
  });
});

test("kafkajs finds the class in the place of its own", () => {
  replaceBatch();
  replaceBatch();
  expect(Object.getPrototypeOf(loadBatch())).toBe(Original);
});

test("a link replaces both before kafkajs loads what calls them", async () => {
  const script = `
    import { createRequire } from "node:module";
    import { createLink } from ${JSON.stringify(new URL("./kafkajs-link.ts", import.meta.url).href)};
    await createLink({ brokers: ["127.0.0.1:1"], clientId: "test", tls: null, sasl: null, record() {}, log: {} });
    const paths = Object.keys(createRequire(${JSON.stringify(import.meta.url)}).cache);
    console.log(JSON.stringify(paths.map((path) => path.replaceAll("\\\\", "/"))));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  const paths = JSON.parse(stdout) as string[];
  const place = (path: string) => paths.findIndex((each) => each.endsWith(`kafkajs/src/${path}.js`));
  // A module is in the table before those that it loads.
  expect(place("consumer/batch")).toBeLessThan(place("consumer/consumerGroup"));
  expect(place("consumer/batch")).not.toBe(-1);
  expect(place("protocol/recordBatch/v0/decoder")).not.toBe(-1);
  expect(place("protocol/requests/fetch/v4/decodeMessages")).toBe(-1);
});
