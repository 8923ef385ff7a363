import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openStateFolder } from "../kernel/state-folder.ts";
import { silentLog } from "../telemetry/log.ts";
import { nextUtcDayMs, openSpendBook, utcDayOf } from "./spend-book.ts";

let path = "";
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "birdwire-spend-"));
});
afterEach(() => rm(path, { recursive: true }));

const open = async (day: string, app = "app", log = silentLog) =>
  openSpendBook({ folder: await openStateFolder(path), app, day, log });
const openShared = async (day: string) =>
  openSpendBook({ folder: await openStateFolder(path), app: "app", day, log: silentLog, shares: true });
const fileOf = (day: string, app = "app") => join(path, "spend", app, `${day}.json`);

describe("the days of UTC", () => {
  test("begin at midnight of Greenwich", () => {
    expect(utcDayOf(Date.parse("2026-01-31T23:59:59.999Z"))).toBe("2026-01-31");
    expect(new Date(nextUtcDayMs("2026-01-31")).toISOString()).toBe("2026-02-01T00:00:00.000Z");
    expect(utcDayOf(nextUtcDayMs("2028-02-28"))).toBe("2028-02-29");
  });
});

describe("the book of what was spent", () => {
  test("goes on where the last run of the day saved", async () => {
    const first = await open("2026-01-31");
    expect(first.isNew).toBe(true);
    first.add({ posts: 3, users: 1 });
    await first.save();
    first.add({ posts: 2, users: 0 });
    await first.save();
    const second = await open("2026-01-31");
    expect(second).toMatchObject({ isNew: false, reads: { posts: 5, users: 1 }, stoppedAtMills: null });
  });

  test("has a file for each app and each day", async () => {
    const one = await open("2026-01-30", "one");
    one.add({ posts: 1, users: 0 });
    await one.save();
    expect((await open("2026-01-30", "other")).reads.posts).toBe(0);
    expect((await open("2026-01-31", "one")).reads.posts).toBe(0);
    expect((await open("2026-01-30", "one")).reads.posts).toBe(1);
    expect(await readdir(join(path, "spend"))).toEqual(["one", "other"]);
  });

  test("turns to the next day while it is open, and never back", async () => {
    const book = await open("2026-01-31");
    book.add({ posts: 3, users: 0 });
    book.stopAt(100);
    await book.save();
    book.turnTo("2026-02-01");
    book.add({ posts: 1, users: 0 });
    book.turnTo("2026-01-31");
    await book.save();
    expect(book).toMatchObject({ day: "2026-02-01", reads: { posts: 1 }, stoppedAtMills: null });
    expect(await open("2026-01-31")).toMatchObject({ reads: { posts: 3 }, stoppedAtMills: 100 });
    expect(await open("2026-02-01")).toMatchObject({ reads: { posts: 1 }, stoppedAtMills: null });
  });

  test("counts what was on its way to a run that ended without a word", async () => {
    const killed = await open("2026-01-31");
    killed.add({ posts: 10, users: 0 });
    killed.expect(4);
    await killed.save();
    const next = await open("2026-01-31");
    expect(next.reads.posts).toBe(14);
    next.expect(0);
    await next.save();
    expect((await open("2026-01-31")).reads.posts).toBe(14);
  });

  test("forgets what was on its way once a process without a budget has ended", async () => {
    const book = await openShared("2026-01-31");
    book.expect(4);
    await book.save();
    book.add({ posts: 1, users: 0 });
    book.expect(0);
    await book.save();
    expect((await open("2026-01-31")).reads.posts).toBe(1);
  });

  test("takes the topic's word where that is more", async () => {
    const book = await open("2026-01-31");
    book.raiseTo(7);
    book.raiseTo(5);
    expect(book.reads.posts).toBe(7);
  });

  test.each([
    ["is cut", '{"format":1,"posts":3'],
    ["is empty", ""],
    ["is of a later version", '{"format":2,"posts":3,"users":0,"underWay":0,"writer":"w"}'],
    ["has other numbers", '{"format":1,"posts":-3,"users":0,"underWay":0,"writer":"w"}'],
  ])("is begun anew, and that is told, where the file %s", async (_title, text) => {
    await (await open("2026-01-31")).save();
    await writeFile(fileOf("2026-01-31"), text);
    const warnings: string[] = [];
    const book = await open("2026-01-31", "app", { ...silentLog, warn: (message) => warnings.push(message) });
    expect(book).toMatchObject({ isNew: true, reads: { posts: 0, users: 0 } });
    expect(warnings).toEqual([expect.stringContaining("counted anew")]);
    expect(JSON.parse(await readFile(fileOf("2026-01-31"), "utf8"))).toMatchObject({ format: 1 });
  });

  test("is given up by a process when another one has opened it", async () => {
    const first = await open("2026-01-31");
    const second = await open("2026-01-31");
    await expect(first.save()).rejects.toMatchObject({ code: "spend-taken-over" });
    await second.save();
  });

  test.each([
    ["opened before", true],
    ["opened after", false],
  ])("has what a process without a budget read that was %s", async (_title, isFirst) => {
    const early = isFirst ? await openShared("2026-01-31") : null;
    const owner = await open("2026-01-31");
    const guest = early ?? (await openShared("2026-01-31"));
    guest.add({ posts: 5, users: 1 });
    owner.add({ posts: 2, users: 0 });
    await guest.save();
    await owner.save();
    expect(owner.reads).toEqual({ posts: 7, users: 1 });
    owner.stopAt(100);
    await owner.save();
    await guest.save();
    expect(await open("2026-01-31")).toMatchObject({ reads: { posts: 7, users: 1 }, stoppedAtMills: 100 });
  });

  test("is shared by processes without a budget, over midnight too", async () => {
    const one = await openShared("2026-01-31");
    const other = await openShared("2026-01-31");
    for (const book of [one, other, one, other]) {
      book.add({ posts: 3, users: 0 });
      await book.save();
    }
    for (const book of [one, other]) {
      book.turnTo("2026-02-01");
      book.add({ posts: 1, users: 0 });
      await book.save();
    }
    expect((await openShared("2026-01-31")).reads.posts).toBe(12);
    expect((await openShared("2026-02-01")).reads.posts).toBe(2);
  });

  test("is not taken from a process with a budget at midnight by one without", async () => {
    const owner = await open("2026-01-31");
    const guest = await openShared("2026-01-31");
    for (const book of [guest, owner]) {
      book.turnTo("2026-02-01");
      book.add({ posts: 1, users: 0 });
      await book.save();
    }
    expect(owner.reads.posts).toBe(2);
  });

  test("loses pages of long ago, what a killed process left beside those of earlier days, and nothing else", async () => {
    for (const day of ["2025-11-01", "2026-01-15"]) await open(day);
    const left = ["2026-01-30.json.0a1b.tmp", "2026-01-31.json.0a1b.tmp", "notes"];
    for (const name of left) await writeFile(join(path, "spend/app", name), "");
    await open("2026-01-31");
    expect(await readdir(join(path, "spend/app"))).toEqual([
      "2026-01-15.json",
      "2026-01-31.json",
      "2026-01-31.json.0a1b.tmp",
      "notes",
    ]);
  });

  test("keeps nothing where there is no folder", async () => {
    const book = await openSpendBook({ folder: null, app: "app", day: "2026-01-31", log: silentLog });
    book.add({ posts: 1, users: 0 });
    await book.save();
    expect(book.reads.posts).toBe(1);
  });
});
