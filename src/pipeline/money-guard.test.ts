import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../kernel/clock.ts";
import { StateError, type StateFolder } from "../kernel/state-folder.ts";
import type { PostSource, SourcedPost } from "../source/port.ts";
import { silentLog } from "../telemetry/log.ts";
import { createSpendTally } from "../telemetry/tally.ts";
import { createMoneyGuard } from "./money-guard.ts";
import { openSpendBook, utcDayOf } from "./spend-book.ts";

const noon = Date.parse("2026-01-31T12:00:00Z");
const midnight = Date.parse("2026-02-01T00:00:00Z");

const postAt = (id: number, atMs: number): SourcedPost => ({
  kind: "post",
  origin: { kind: "x", connection: 1, receivedAtMs: atMs },
  raw: Buffer.from("{}"),
  payload: { data: { id: String(id) }, matching_rules: [{ id: "1", tag: `birdwire:${id % 2}` }] },
});

/** A post every `everyMs`, one a batch, until the signal; then `late` more, as X sends until it hears of it. */
function createSource(everyMs: number, { late = 0, startMs = noon, count = 10_000 } = {}): PostSource {
  return {
    async *read(signal) {
      let sent = 0;
      while (!signal.aborted && sent < count) yield [postAt(++sent, startMs + sent * everyMs)];
      const rest = Array.from({ length: late }, (_, index) =>
        postAt(sent + 1 + index, startMs + sent * everyMs),
      );
      if (rest.length > 0) yield rest;
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** A folder in memory, and how often a file of it was written. */
function createFolder() {
  const files = new Map<string, string>();
  const writes: string[] = [];
  const folder: StateFolder = {
    path: "/state",
    read: async (name) => files.get(name) ?? null,
    async write(name, text) {
      writes.push(name);
      files.set(name, text);
    },
    async remove(name) {
      files.delete(name);
    },
    list: async () => [],
  };
  return { folder, files, writes };
}

async function openGuard(
  budgetMills: number | null,
  { marginMs = 1000, nowMs = noon, folder = createFolder().folder, log = silentLog } = {},
) {
  const clock = createManualClock(nowMs);
  const book = await openSpendBook({ folder, app: "app", day: utcDayOf(nowMs), log: silentLog });
  const tally = createSpendTally(budgetMills);
  return { guard: createMoneyGuard({ book, tally, marginMs, clock, log }), book, tally, clock };
}

async function readAll(source: PostSource): Promise<{ posts: number; error: unknown }> {
  let posts = 0;
  try {
    for await (const batch of source.read(new AbortController().signal)) posts += batch.length;
    return { posts, error: null };
  } catch (error) {
    return { posts, error };
  }
}

describe("the money guard", () => {
  test.each([
    // 100 posts of budget; at 20 posts/s a second of margin is 20 of them.
    [0, 100],
    [1000, 80],
    [2000, 60],
  ])("with a margin of %d ms stops after %d of 100 posts", async (marginMs, expected) => {
    const { guard } = await openGuard(500, { marginMs });
    const { posts, error } = await readAll(guard.watch(createSource(50)));
    expect(posts).toBe(expected);
    expect(error).toMatchObject({ code: "budget-spent" });
  });

  test("keeps a margin of the rate there is now, not of what was once", async () => {
    const { guard } = await openGuard(500);
    const burst: PostSource = {
      async *read(signal) {
        for (let id = 1; id <= 30; id++) yield [postAt(id, noon)];
        for (let id = 31; !signal.aborted; id++) yield [postAt(id, noon + id * 500)];
      },
      async [Symbol.asyncDispose]() {},
    };
    expect((await readAll(guard.watch(burst))).posts).toBe(98);
  });

  test("counts in what waits in the source", async () => {
    const { guard } = await openGuard(500, { marginMs: 0 });
    expect((await readAll(guard.watch(createSource(50), () => 30))).posts).toBe(70);
  });

  test("hands on what came after it stopped, counts it, and tells what is beyond the budget", async () => {
    const { guard, tally, book } = await openGuard(500, { marginMs: 0 });
    const { posts, error } = await readAll(guard.watch(createSource(50, { late: 7 })));
    expect(posts).toBe(107);
    expect(tally).toMatchObject({ reads: { posts: 107 }, todayMills: 535 });
    expect(book).toMatchObject({ reads: { posts: 107 }, stoppedAtMills: 500 });
    expect(error).toMatchObject({
      message:
        "the budget of $0.50 for 2026-01-31 (UTC) is reached: $0.535 were spent, $0.035 beyond it; " +
        "the next day begins at 2026-02-01T00:00:00Z, in 12 h 0 min",
    });
  });

  test.each([null, 5000])(
    "keeps what was read of a day before the next begins, with a budget of %p",
    async (budget) => {
      const { folder, files } = createFolder();
      const { guard } = await openGuard(budget, { nowMs: midnight - 1000, folder });
      const source: PostSource = {
        async *read() {
          yield [postAt(1, midnight - 900)];
          yield [
            postAt(2, midnight - 1),
            postAt(3, midnight),
            postAt(4, midnight + 1),
            postAt(5, midnight + 2),
          ];
        },
        async [Symbol.asyncDispose]() {},
      };
      expect((await readAll(guard.watch(source))).posts).toBe(5);
      const pages = ["2026-01-31", "2026-02-01"].map((day) =>
        JSON.parse(files.get(`spend/app/${day}.json`) ?? "{}"),
      );
      expect(pages).toMatchObject([
        { posts: 2, underWay: 0 },
        { posts: 3, underWay: 0 },
      ]);
    },
  );

  test("names the day whose budget was reached where the last posts come after midnight", async () => {
    const { guard } = await openGuard(50, { marginMs: 0, nowMs: midnight - 1000 });
    const source: PostSource = {
      async *read(signal) {
        for (let id = 1; !signal.aborted; id++) yield [postAt(id, midnight - 1000)];
        yield [postAt(100, midnight - 1), postAt(101, midnight + 1)];
      },
      async [Symbol.asyncDispose]() {},
    };
    const { posts, error } = await readAll(guard.watch(source));
    expect(posts).toBe(12);
    expect(error).toMatchObject({
      message: expect.stringContaining(
        "for 2026-01-31 (UTC) is reached: $0.055 were spent, $0.005 beyond it",
      ),
      details: { day: "2026-01-31", spentMills: 55 },
    });
  });

  test("says what it is that was kept back", async () => {
    const { guard } = await openGuard(500);
    const { error } = await readAll(guard.watch(createSource(50)));
    expect(error).toMatchObject({ message: expect.stringContaining("$0.40 were spent, and what is left") });
  });

  test("lets nobody begin on a day that is paid for, nor on one it was stopped on, unless there is more money", async () => {
    const { folder } = createFolder();
    const first = await openGuard(500, { folder });
    first.guard.checkLeft();
    await readAll(first.guard.watch(createSource(50)));
    expect(first.book.reads.posts).toBe(80);
    for (const budget of [500, 400, 300]) {
      const { guard } = await openGuard(budget, { folder });
      expect(() => guard.checkLeft()).toThrow(expect.objectContaining({ code: "budget-spent" }));
    }
    for (const budget of [501, null]) (await openGuard(budget, { folder })).guard.checkLeft();
    const tomorrow = await openGuard(500, { folder, nowMs: midnight });
    tomorrow.guard.checkLeft();
    expect(tomorrow.tally.todayMills).toBe(0);
  });

  test.each([
    [4, 0],
    [499, 99],
    [500, 100],
  ])("lets nobody begin for whom a budget of %d buys no post after %d", async (budget, posts) => {
    const { guard, book } = await openGuard(budget);
    book.add({ posts, users: 0 });
    expect(() => guard.checkLeft()).toThrow("and what is left buys no post");
  });

  test("begins anew at midnight of UTC, and bills a post again that was read the day before", async () => {
    const { folder, files } = createFolder();
    const { guard, tally } = await openGuard(500, { marginMs: 0, nowMs: midnight - 1000, folder });
    const source: PostSource = {
      async *read() {
        for (let id = 1; id <= 99; id++) yield [postAt(id, midnight - 1)];
        for (let id = 1; id <= 90; id++) yield [postAt(id, midnight)];
      },
      async [Symbol.asyncDispose]() {},
    };
    expect(await readAll(guard.watch(source))).toEqual({ posts: 189, error: null });
    expect(tally).toMatchObject({ reads: { posts: 189 }, todayMills: 450 });
    const postsOf = (day: string) => JSON.parse(files.get(`spend/app/${day}.json`) ?? "").posts;
    expect([postsOf("2026-01-31"), postsOf("2026-02-01")]).toEqual([99, 90]);
  });

  test("has written what it counted before it hands it on", async () => {
    const { folder, files } = createFolder();
    const { guard } = await openGuard(5000, { folder });
    const signal = new AbortController().signal;
    let posts = 0;
    for await (const batch of guard.watch(createSource(50, { count: 20 })).read(signal)) {
      posts += batch.length;
      const page = JSON.parse(files.get("spend/app/2026-01-31.json") ?? "");
      expect(page.posts).toBe(posts);
      expect(page.underWay).toBe(posts);
    }
    expect(JSON.parse(files.get("spend/app/2026-01-31.json") ?? "")).toMatchObject({
      posts: 20,
      underWay: 0,
    });
  });

  test("without a budget never stops, and writes once in a while", async () => {
    const { folder, files, writes } = createFolder();
    const { guard } = await openGuard(null, { folder });
    expect(await readAll(guard.watch(createSource(1, { count: 500 })))).toEqual({ posts: 500, error: null });
    expect(writes.length).toBeLessThan(5);
    expect(JSON.parse(files.get("spend/app/2026-01-31.json") ?? "").posts).toBe(500);
  });

  test("lays the cost on the rules, by tag", async () => {
    const { guard, tally } = await openGuard(null);
    await readAll(guard.watch(createSource(1, { count: 5 })));
    expect(tally.byTag).toEqual(
      new Map([
        ["1", { posts: 3, users: 0 }],
        ["0", { posts: 2, users: 0 }],
      ]),
    );
  });

  test("that cannot write any more stops, and hands on what was received", async () => {
    const { folder } = createFolder();
    const failing: StateFolder = { ...folder };
    const { guard } = await openGuard(5000, { folder: failing });
    const source = createSource(50, { late: 7 });
    let posts = 0;
    const reading = async () => {
      for await (const batch of guard.watch(source).read(new AbortController().signal)) {
        posts += batch.length;
        if (posts === 10) {
          Object.assign(failing, {
            write: () => Promise.reject(new StateError("unwritable-state", "the disk is full")),
          });
        }
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: "unwritable-state" });
    expect(posts).toBe(18);
  });

  test("without a budget says once that it cannot write any more, and goes on", async () => {
    const failing: StateFolder = { ...createFolder().folder };
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
    const { guard, clock } = await openGuard(null, { folder: failing, log });
    let posts = 0;
    for await (const batch of guard
      .watch(createSource(1, { count: 50 }))
      .read(new AbortController().signal)) {
      posts += batch.length;
      await clock.advance(2000);
      if (posts === 10) {
        Object.assign(failing, {
          write: () => Promise.reject(new StateError("unwritable-state", "the disk is full")),
        });
      }
    }
    expect(posts).toBe(50);
    expect(warnings).toEqual(["what X costs is no longer kept for later runs"]);
  });

  test("keeps what it counted when the reader goes away in the middle", async () => {
    const { folder, files } = createFolder();
    const { guard } = await openGuard(null, { folder });
    for await (const _ of guard.watch(createSource(1)).read(new AbortController().signal)) {
      const { posts } = JSON.parse(files.get("spend/app/2026-01-31.json") ?? "");
      if (posts === 1) break;
    }
    expect(JSON.parse(files.get("spend/app/2026-01-31.json") ?? "")).toMatchObject({ underWay: 0 });
  });

  test("leaves to the next run what was read and not taken when a run fails", async () => {
    const { folder } = createFolder();
    const { guard } = await openGuard(1000, { folder });
    const fail = async () => {
      for await (const _ of guard.watch(createSource(5000), () => 7).read(new AbortController().signal))
        throw new Error("no broker");
    };
    await expect(fail()).rejects.toThrow("no broker");
    const next = await openSpendBook({ folder, app: "app", day: utcDayOf(noon), log: silentLog });
    expect(next.reads.posts).toBe(8);
  });
});
