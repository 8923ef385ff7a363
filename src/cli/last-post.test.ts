import { describe, expect, test } from "@jest/globals";
import type { ConsumedRecord } from "../kafka/port.ts";
import { parsePostId, parseTopicName } from "../kernel/brand.ts";
import { createLastPost } from "./last-post.ts";

const nowMs = Date.UTC(2026, 0, 1);
const record = (agoMs: number, more: Partial<ConsumedRecord> = {}): ConsumedRecord => ({
  topic: parseTopicName("twitter"),
  partition: 0,
  offset: 0,
  timestampMs: nowMs - agoMs,
  key: Buffer.from("1"),
  value: Buffer.from("x"),
  headers: { app: Buffer.from("a") },
  ...more,
});
const [one, two] = [parsePostId("1"), parsePostId("2")];

describe("createLastPost", () => {
  test("knows the youngest record of the app, in whichever order they come", () => {
    const last = createLastPost({ app: "a" });
    last.see(one, record(5_000));
    last.see(two, record(9_000));
    expect(last.since(nowMs)).toEqual({ atMs: nowMs - 5_000, postId: one });
  });

  test.each([
    ["of another app", record(5_000, { headers: { app: Buffer.from("b") } })],
    ["without a mark, as a replay writes", record(5_000, { headers: {} })],
    ["that is a tombstone", record(5_000, { value: null })],
    ["of hours ago", record(2 * 3_600_000)],
  ])("passes over a record %s", (_, other) => {
    const last = createLastPost({ app: "a" });
    last.see(one, other);
    expect(last.since(nowMs)).toBeNull();
  });

  test("knows of none where records are not marked", () => {
    const last = createLastPost(undefined);
    last.see(one, record(5_000));
    expect(last.since(nowMs)).toBeNull();
  });
});
