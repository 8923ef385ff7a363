import { describe, expect, test } from "@jest/globals";
import { createCodec } from "../avro/codec.ts";
import { encodeFrame } from "../wire/frame.ts";
import { createSampler } from "./sample.ts";
import { createFakeRegistry } from "./testing/fake-registry.ts";

const record = (fields: readonly object[]) => JSON.stringify({ type: "record", name: "R", fields });
const older = record([{ name: "n", type: "long" }]);

function setUp(proposed: string) {
  const registry = createFakeRegistry();
  const id = registry.add(older);
  const value = createCodec(older, { long: "bigint" }).encode({ n: 2n ** 62n });
  const sampler = createSampler(registry, { proposed, isAlone: true });
  return { registry, id, sampler, frame: encodeFrame(id, value) };
}

describe("a sampled record", () => {
  test("of 64 bits survives a schema that has room for it", async () => {
    const { id, sampler, frame } = setUp(record([{ name: "n", type: "long" }]));
    expect(await sampler.examine(frame, {})).toEqual({ kind: "record", writerId: id, breaks: [] });
  });

  test("that gets a default which is no value is told to be unreadable", async () => {
    const text = { name: "t", type: "string", default: "\ud800" };
    const { sampler, frame } = setUp(record([{ name: "n", type: "long" }, text]));
    expect(await sampler.examine(frame, {})).toMatchObject({ breaks: [{ rule: "sample-unreadable" }] });
  });

  test.each<[string, (frame: Buffer) => Buffer, RegExp]>([
    ["ends too early", (frame) => frame.subarray(0, -1), /n/],
    ["is no frame", () => Buffer.from("text"), /first byte|too few/],
    [
      "names a schema that there is not",
      (frame) => encodeFrame(9 as never, frame.subarray(5)),
      /knows no schema 9/,
    ],
  ])("that %s is nobody's fault", async (_what, damage, message) => {
    const { sampler, frame } = setUp(older);
    expect(await sampler.examine(damage(frame), {})).toEqual({
      kind: "unsound",
      message: expect.stringMatching(message),
    });
  });

  test("costs the registry one question for each writer", async () => {
    const { registry, sampler, frame } = setUp(older);
    for (let count = 0; count < 3; count += 1) await sampler.examine(frame, {});
    expect(registry.asked.length).toBeLessThanOrEqual(3);
  });
});
