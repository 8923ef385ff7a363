/**
 * What one app of X has read on one UTC day, kept in a file, so that a budget holds over restarts: one file for each
 * app and day, replaced as a whole, and on the disk before what it counts goes on.
 */
import { randomBytes } from "node:crypto";
import { describeCause } from "../kernel/error.ts";
import { isJsonObject } from "../kernel/json.ts";
import type { StateFolder } from "../kernel/state-folder.ts";
import type { Log } from "../telemetry/log.ts";
import type { Reads } from "../telemetry/spend.ts";
import { PipelineError } from "./dead-letter.ts";

export interface SpendBook {
  /** `2026-01-31`, of UTC. */
  readonly day: string;
  /** Of the day, by all runs. */
  readonly reads: Readonly<Reads>;
  /** A run stopped for this budget on this day: what was left of it was too little for what was under way. */
  readonly stoppedAtMills: number | null;
  /** There was no file of the day, or none that could be read: the topic may know more. */
  readonly isNew: boolean;
  add(reads: Readonly<Reads>): void;
  /** Posts that X has probably sent and nobody has counted: they count as read if this process ends without a word. */
  expect(posts: number): void;
  /** Takes note of posts that were read on this day, whatever the file said. */
  raiseTo(posts: number): void;
  stopAt(budgetMills: number): void;
  /** Begins a later day with nothing; an earlier one changes nothing. */
  turnTo(day: string): void;
  /**
   * Resolves when all of that is on the disk, and takes over what processes that share the file have added to it.
   * Throws StateError, and PipelineError `spend-taken-over` when another process has made the file its own: two that
   * count by themselves would both pass the budget.
   */
  save(): Promise<void>;
}

/** `2026-01-31` of a time in ms. */
export function utcDayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** When the day after it begins, in ms. */
export function nextUtcDayMs(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + 86_400_000;
}

export interface SpendBookOptions {
  /** Null: nothing is kept. */
  readonly folder: StateFolder | null;
  /** What stands for the app; part of a file's name. */
  readonly app: string;
  readonly day: string;
  readonly log: Log;
  /** Whoever has no budget to keep adds to the file of whoever has it. Default false: the file becomes ours. */
  readonly shares?: boolean;
}

interface Page extends Reads {
  readonly underWay: number;
  readonly stoppedAtMills: number | null;
  readonly writer: string;
}

/** Bills come by the month. */
const keptDays = 40;

/**
 * Opens the book at `day` and makes it ours; pages of long ago are removed. A page that cannot be understood is told
 * of and begun anew. Throws StateError.
 */
export async function openSpendBook({
  folder,
  app,
  day,
  log,
  shares = false,
}: SpendBookOptions): Promise<SpendBook> {
  const nameOf = (of: string) => `spend/${app}/${of}.json`;
  const found = folder === null ? null : await readPage(folder, nameOf(day), log);
  let writer = (shares ? found?.writer : undefined) ?? randomBytes(8).toString("hex");
  const reads: Reads = { posts: (found?.posts ?? 0) + (found?.underWay ?? 0), users: found?.users ?? 0 };
  if (found !== null && found.underWay > 0) {
    log.info("an earlier run was cut off; what was on its way to it counts as read", {
      posts: found.underWay,
    });
  }
  /** What the file had when we wrote it. */
  let kept: Readonly<Reads> = { ...reads };
  let underWay = 0;
  let keptUnderWay = 0;
  let stoppedAtMills = found?.stoppedAtMills ?? null;
  let current = day;
  /** The file is one that we wrote, or are the first to write. */
  let isOurs = false;

  const book: SpendBook = {
    get day() {
      return current;
    },
    reads,
    get stoppedAtMills() {
      return stoppedAtMills;
    },
    isNew: found === null,
    add({ posts, users }) {
      reads.posts += posts;
      reads.users += users;
    },
    expect(posts) {
      underWay = posts;
    },
    raiseTo(posts) {
      reads.posts = Math.max(reads.posts, posts);
    },
    stopAt(budgetMills) {
      stoppedAtMills = Math.max(stoppedAtMills ?? 0, budgetMills);
    },
    turnTo(later) {
      if (later <= current) return;
      current = later;
      reads.posts = 0;
      reads.users = 0;
      kept = { ...reads };
      underWay = 0;
      keptUnderWay = 0;
      stoppedAtMills = null;
    },
    async save() {
      if (folder === null) return;
      const name = nameOf(current);
      const there = isOurs ? await readPage(folder, name, log) : null;
      if (there !== null) {
        if (there.writer !== writer && !shares) throw takenOver(app);
        reads.posts += Math.max(0, there.posts - kept.posts);
        reads.users += Math.max(0, there.users - kept.users);
      }
      if (there !== null && shares) {
        writer = there.writer;
        stoppedAtMills = there.stoppedAtMills ?? stoppedAtMills;
      }
      // Another process has said since then what is on its way to it.
      const theirs = shares && there !== null && there.underWay !== keptUnderWay ? there.underWay : 0;
      const page: Page = { ...reads, underWay: Math.max(underWay, theirs), stoppedAtMills, writer };
      await folder.write(name, printPage(page, current));
      kept = { posts: page.posts, users: page.users };
      keptUnderWay = page.underWay;
      isOurs = true;
    },
  };
  await book.save();
  if (folder !== null) await removeOld(folder, app, day, log);
  return book;
}

function printPage(page: Page, day: string): string {
  const { posts, users, underWay, stoppedAtMills, writer } = page;
  return `${JSON.stringify({ format: 1, day, posts, users, underWay, stoppedAtMills, writer })}\n`;
}

async function readPage(folder: StateFolder, name: string, log: Log): Promise<Page | null> {
  const text = await folder.read(name);
  if (text === null) return null;
  const page = parsePage(text);
  if (page === null) {
    log.warn("what was spent today was kept in a file that is no longer readable; it is counted anew", {
      file: `${folder.path}/${name}`,
    });
  }
  return page;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function parsePage(text: string): Page | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isJsonObject(value) || value.format !== 1) return null;
  const { posts, users, underWay, stoppedAtMills, writer } = value;
  if (!isCount(posts) || !isCount(users) || !isCount(underWay) || typeof writer !== "string") return null;
  return { posts, users, underWay, stoppedAtMills: isCount(stoppedAtMills) ? stoppedAtMills : null, writer };
}

async function removeOld(folder: StateFolder, app: string, day: string, log: Log): Promise<void> {
  const oldest = utcDayOf(Date.parse(day) - keptDays * 86_400_000);
  try {
    for (const name of await folder.list(`spend/${app}`)) {
      const [, of = "", rest] = /^(\d{4}-\d\d-\d\d)\.json(.*)$/.exec(name) ?? [];
      // What a killed process left beside a file: of today it may be somebody's who is writing.
      const isLeftover = rest !== "" && of < day;
      if (of !== "" && (isLeftover || of < oldest)) await folder.remove(`spend/${app}/${name}`);
    }
  } catch (error) {
    log.debug("old files of what was spent stay", { error: describeCause(error) });
  }
}

function takenOver(app: string): PipelineError {
  return new PipelineError(
    "spend-taken-over",
    "another birdwire reads from X with the same token and state folder, and counts what that costs",
    { details: { app } },
  );
}
