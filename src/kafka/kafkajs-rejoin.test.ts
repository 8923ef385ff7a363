import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { guardRejoin, joinAfter, loadConsumerGroup, loadRunner } from "./kafkajs-rejoin.ts";

const digest = (method: () => unknown) => createHash("sha256").update(method.toString()).digest("hex");
const { prototype } = loadConsumerGroup();
const original = prototype.joinAndSync;

describe("the guard of kafkajs's rejoin", () => {
  test("wraps the method as it stands in the pinned version of kafkajs, which its caller calls right after the event", () => {
    // When this fails, read both methods again.
    expect(digest(original)).toBe("86569beffea31029585b788fc5def1cc9013181b0e5771ed60f92305120cf0b4");
    expect(digest(loadRunner().prototype.scheduleFetchManager)).toBe(
      "7d5a5ca02755db7267e875491d7c1a1f62cac5ae261683f5dfd660563afff12b",
    );
  });

  test("lets the next join wait for the work it was given, and none after that", async () => {
    const done: string[] = [];
    prototype.joinAndSync = async function (this: unknown) {
      done.push(`join ${String(this)}`);
    };
    guardRejoin();
    guardRejoin();
    let finish = () => {};
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const group = (name: string) => ({ toString: () => name, joinAndSync: prototype.joinAndSync });
    joinAfter(work.then(() => void done.push("work")));
    const held = group("held").joinAndSync();
    await group("free").joinAndSync();
    expect(done).toEqual(["join free"]);
    finish();
    await held;
    expect(done).toEqual(["join free", "work", "join held"]);
    prototype.joinAndSync = original;
  });
});
