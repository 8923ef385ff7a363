/**
 * What rules matched in a recording and what that would cost on X, for people and for programs.
 */
import { neutralize } from "../render/neutralize.ts";
import { cutAtGrapheme } from "../render/width.ts";
import type { RuleWarning } from "../rules/ast.ts";
import type { MatchTally } from "../rules/match-tally.ts";
import { printProblem } from "../rules/problem.ts";
import { costOf, formatMills, monthlyPostReads, prices } from "../telemetry/spend.ts";

export interface TestedRule {
  readonly tag: string;
  readonly value: string;
  readonly line: number;
  readonly warnings: readonly RuleWarning[];
}

export interface UnmatchedPost {
  readonly line: number;
  readonly id: string;
  readonly text: string;
}

export interface MatchReport {
  /** The recording as the user named it. */
  readonly file: string;
  readonly rulesFile: string;
  readonly rules: readonly TestedRule[];
  readonly tally: MatchTally;
  /** Lines that are not JSON. */
  readonly malformed: number;
  /** The first posts that no rule matches. */
  readonly unmatched: readonly UnmatchedPost[];
}

const dayMs = 86_400_000;
const daysInMonth = 30;
/** A shorter time says little about a day. */
const steadyMs = 3_600_000;

export function printMatchReport(report: MatchReport, format: "text" | "json"): string {
  return format === "json" ? `${JSON.stringify(toJson(report), null, 2)}\n` : printText(report);
}

/** How many times what was seen fits into a day; null where the posts span no time. */
export function dailyFactor({ posts, firstAtMs, lastAtMs }: MatchTally): number | null {
  if (firstAtMs === null || lastAtMs === null || lastAtMs <= firstAtMs || posts < 2) return null;
  // The last post ends the time, and so does not count towards what happened in it.
  return (dayMs / (lastAtMs - firstAtMs)) * ((posts - 1) / posts);
}

function printText(report: MatchReport): string {
  const { tally, unmatched, rulesFile, file } = report;
  const lines = [
    `${file}: ${countOf(tally.posts, "post")}${tellTime(tally)}`,
    ...tellOddLines(report),
    `  ${"matched".padStart(9)}  ${"share".padStart(6)}  ${"alone".padStart(9)}  rule`,
    ...report.rules.flatMap((rule, index) => {
      const { matched = 0, alone = 0 } = tally.rules[index] ?? {};
      const cells = [
        number(matched).padStart(9),
        percent(matched, tally.posts).padStart(6),
        number(alone).padStart(9),
      ];
      const nothing = matched === 0 ? "  <- matches nothing" : "";
      return [
        `  ${cells.join("  ")}  ${neutralize(rule.tag)}: ${neutralize(rule.value)} (${rulesFile}:${rule.line})${nothing}`,
        ...rule.warnings.map((warning) => `        warning: ${neutralize(printProblem(warning))}`),
      ];
    }),
    `${countOf(tally.matched, "post")} of ${number(tally.posts)} (${percent(tally.matched, tally.posts)}) would be delivered; ${number(tally.posts - tally.matched)} match no rule`,
    ...unmatched.map(({ line, text }) => `  line ${line}: ${neutralize(cutAtGrapheme(text, 90))}`),
    ...tellCost(tally),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function tellTime({ firstAtMs, lastAtMs }: MatchTally): string {
  if (firstAtMs === null || lastAtMs === null) return "";
  const [first, last] = [new Date(firstAtMs).toISOString(), new Date(lastAtMs).toISOString()];
  return `, ${first} to ${last} (${tellSpan(lastAtMs - firstAtMs)})`;
}

function tellOddLines({ tally, malformed }: MatchReport): string[] {
  const odd = [
    [tally.repeated, "came before on the same day"],
    [tally.notPosts, "carry no post"],
    [malformed, "are not JSON"],
  ] as const;
  const told = odd.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
  return told.length === 0 ? [] : [`  other lines: ${told.join(", ")}`];
}

function tellCost(tally: MatchTally): string[] {
  const [posts, users] = [
    costOf({ posts: tally.matched, users: 0 }),
    costOf({ posts: 0, users: tally.users }),
  ];
  const lines = [
    `cost: ${countOf(tally.matched, "post read")} at ${formatMills(prices.post)} is ${formatMills(posts)}, whatever the number of rules a post matches`,
    `  with users expanded up to ${formatMills(users)} more: ${countOf(tally.users, "user")} at ${formatMills(prices.user)}, twice a post's price, as X may bill each user that comes with a post`,
    "  X counts a post and a user once a UTC day",
  ];
  const factor = dailyFactor(tally);
  if (factor === null) return [...lines, "a day: the posts span no time that would tell"];
  const perDay = tally.matched * factor;
  const { firstAtMs, lastAtMs } = tally;
  const guess = (lastAtMs ?? 0) - (firstAtMs ?? 0) < steadyMs ? ", a guess from so short a time" : "";
  lines.push(
    `a day at this pace: ${countOf(Math.round(perDay), "post")}, ${cents(posts * factor)}, with users expanded up to ${cents((posts + users) * factor)}${guess}`,
  );
  if (perDay * daysInMonth > monthlyPostReads) {
    lines.push(
      `  warning: ${number(Math.round(perDay * daysInMonth))} posts in ${daysInMonth} days are more than the ${number(monthlyPostReads)} that pay-per-use allows in a month`,
    );
  }
  return lines;
}

/** A projection is no more precise than that. */
function cents(mills: number): string {
  return formatMills(Math.round(mills / 10) * 10);
}

function toJson({ file, rulesFile, rules, tally, malformed, unmatched }: MatchReport): unknown {
  const posts = costOf({ posts: tally.matched, users: 0 }) / 1000;
  const users = costOf({ posts: 0, users: tally.users }) / 1000;
  const factor = dailyFactor(tally);
  const timeOf = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const shareOf = (count: number) => (tally.posts === 0 ? 0 : count / tally.posts);
  return {
    file,
    rulesFile,
    posts: tally.posts,
    firstAt: timeOf(tally.firstAtMs),
    lastAt: timeOf(tally.lastAtMs),
    matched: tally.matched,
    share: shareOf(tally.matched),
    unmatched: tally.posts - tally.matched,
    repeated: tally.repeated,
    notPosts: tally.notPosts,
    malformed,
    rules: rules.map(({ tag, value, line, warnings }, index) => {
      const { matched = 0, alone = 0 } = tally.rules[index] ?? {};
      return { tag, value, line, matched, share: shareOf(matched), alone, warnings };
    }),
    firstUnmatched: unmatched,
    cost: { postsUsd: posts, users: tally.users, usersUsd: users },
    perDay:
      factor === null
        ? null
        : {
            posts: tally.matched * factor,
            postsUsd: posts * factor,
            usersUsd: users * factor,
          },
  };
}

function number(count: number): string {
  return count.toLocaleString("en-US");
}

function countOf(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)}%`;
}

function tellSpan(ms: number): string {
  const units = [
    [dayMs, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1000, "s"],
  ] as const;
  const [size, name] = units.find(([unitMs]) => ms >= unitMs) ?? [1, "ms"];
  const value = ms / size;
  return `${value < 10 && size > 1 ? Number(value.toFixed(1)) : Math.round(value)} ${name}`;
}
