import { describe, expect, test } from "@jest/globals";
import { createPostRing, type PostRing } from "./post-ring.ts";

const outcome = { tags: [""], frameEnd: "" };
const push = (ring: PostRing, n: number) =>
  ring.push({ post: { id: `${n}`, payload: {}, recorded: null }, outcome, atMs: n * 1000, readDay: -1 });
const idsOf = (ring: PostRing, from = 0, max = 1e9) =>
  ring.read(from, max).entries.map(({ post }) => post.id);

describe("the ring of posts", () => {
  test("gives posts from a time on, in the order in which they came", () => {
    const ring = createPostRing({ maxBytes: 1e9, maxAgeMs: 1e9 });
    for (let n = 0; n < 10; n++) push(ring, n);
    expect(idsOf(ring, ring.numberAt(6_500))).toEqual(["7", "8", "9"]);
    expect(idsOf(ring, ring.numberAt(7_000), 2)).toEqual(["7", "8"]);
    expect(ring.numberAt(-1)).toBe(0);
    expect(ring.numberAt(10_000)).toBe(ring.end);
  });

  test.each([
    ["bytes", { maxBytes: 6000 * 100, maxAgeMs: 1e9 }],
    ["age", { maxBytes: 1e9, maxAgeMs: 99_000 }],
  ])("drops the oldest past its %s, and tells a reader how many it missed", (_title, options) => {
    const ring = createPostRing(options);
    for (let n = 0; n < 10_000; n++) {
      push(ring, n);
      expect(ring.length).toBe(Math.min(n + 1, 100));
    }
    expect(ring.end).toBe(10_000);
    const { entries, lost } = ring.read(9_800, 3);
    expect(entries.map(({ post }) => post.id)).toEqual(["9900", "9901", "9902"]);
    expect(lost).toBe(100);
    expect(idsOf(ring, ring.numberAt(0))).toHaveLength(100);
  });

  test("is empty once cleared, and goes on counting", () => {
    const ring = createPostRing({ maxBytes: 1e9, maxAgeMs: 1e9 });
    for (let n = 0; n < 5; n++) push(ring, n);
    ring.clear();
    expect(ring.length).toBe(0);
    push(ring, 5);
    expect(ring.end).toBe(6);
    expect(ring.read(3, 10)).toMatchObject({ entries: [{ post: { id: "5" } }], lost: 2 });
  });
});
