/**
 * A plan of rules as it is shown: a line for each rule and a caret under what X refuses, or one JSON object.
 */
import { ruleTagPrefix } from "../kernel/rule-tag.ts";
import { neutralize } from "../render/neutralize.ts";
import type { CheckedPlan } from "../x/check-rules.ts";
import { markPosition } from "./mark-position.ts";
import type { RuleAction, RulePlanEntry } from "./rule-plan-entries.ts";

export interface ShownRulePlan {
  /** The file as the user named it. */
  readonly file: string;
  /** X's address. */
  readonly url: string;
  readonly checked: CheckedPlan;
  readonly entries: readonly RulePlanEntry[];
}

/** Whether applying the plan would change anything. */
export function changesRules({ plan }: CheckedPlan): boolean {
  return plan.add.length + plan.remove.length > 0;
}

/** Whether X would refuse a part of the plan: then none of it is applied. */
export function isRefusedPlan({ refused, room }: CheckedPlan): boolean {
  return refused.length > 0 || room.kind === "exceeded";
}

const nouns: Readonly<Record<RuleAction, string>> = {
  add: "to add",
  change: "to change",
  remove: "to remove",
  unchanged: "unchanged",
  refused: "refused",
  held: "held by others",
  foreign: "foreign",
};

export function countActions(entries: readonly RulePlanEntry[]): Record<RuleAction, number> {
  const counts = { add: 0, change: 0, remove: 0, unchanged: 0, refused: 0, held: 0, foreign: 0 };
  for (const { action } of entries) counts[action] += 1;
  return counts;
}

/** `2 to add, 1 unchanged`; `no rules`. */
export function tellActions(entries: readonly RulePlanEntry[]): string {
  const counts = countActions(entries);
  const parts = Object.entries(nouns).flatMap(([action, noun]) => {
    const count = counts[action as RuleAction];
    return count === 0 ? [] : [`${count} ${noun}`];
  });
  return parts.length === 0 ? "no rules" : parts.join(", ");
}

export function printRulePlan(shown: ShownRulePlan, format: "text" | "json"): string {
  return format === "json" ? `${JSON.stringify(toJson(shown), null, 2)}\n` : printText(shown);
}

function printText({ file, url, checked, entries }: ShownRulePlan): string {
  const lines = [
    `${file} to ${url}: ${tellActions(entries)}`,
    ...entries.flatMap((entry) => printEntry(entry, file)),
    ...tellRoom(checked),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

const symbols: Readonly<Record<RuleAction, string>> = {
  add: "+",
  change: "~",
  remove: "-",
  unchanged: "=",
  refused: "x",
  held: "!",
  foreign: "?",
};

function printEntry(entry: RulePlanEntry, file: string): string[] {
  const { action, line, id } = entry;
  const place = line === null ? `id ${oneLine(id ?? "")}` : `${file}:${line}`;
  const tag = action === "foreign" ? quoteTag(entry.tag) : oneLine(entry.tag);
  const head = `  ${symbols[action]} ${tag}: ${oneLine(entry.value)} (${place})`;
  return [
    head,
    ...explain(entry).map((text) => `      ${text}`),
    ...entry.warnings.flatMap((warning) => mark(entry, warning, "warning: ")),
  ];
}

function explain(entry: RulePlanEntry): string[] {
  const { action, before, id } = entry;
  switch (action) {
    case "change":
      if (before === null) return [];
      return before.tag === entry.tag
        ? [`was: ${oneLine(before.value)}`]
        : [`was tagged: ${oneLine(before.tag)} (taken off and added again, since X cannot change a tag)`];
    case "held":
      return [
        `X has this rule (id ${oneLine(id ?? "")}) under ${quoteTag(before?.tag ?? "")}, which is not Birdwire's ("${ruleTagPrefix}..."), and takes no second one:`,
        "its posts come with that tag, and it is left alone",
      ];
    case "foreign":
      return ["not Birdwire's: left alone"];
    case "refused":
      return [
        "X refuses it:",
        ...entry.problems.flatMap((problem) => mark(entry, problem, "").map((text) => text.slice(6))),
        ...(before === null ? [] : [`X has: ${oneLine(before.value)} (id ${oneLine(id ?? "")})`]),
      ];
    case "add":
    case "remove":
    case "unchanged":
      return [];
  }
}

interface Marked {
  readonly message: string;
  readonly position: number | null;
}

/** Indented by six columns, as all that is said of an entry. */
function mark({ value }: RulePlanEntry, { message, position }: Marked, before: string): string[] {
  const text = `${before}${oneLine(message)}`;
  if (position === null) return [`      ${text}`];
  const [line = "", caret = ""] = markPosition(value, position).split("\n");
  return [`        ${line}`, `        ${caret} ${text} (at position ${position})`];
}

function tellRoom({ room, after }: CheckedPlan): string[] {
  if (room.kind === "exceeded") {
    const most = room.cap === null ? "" : `, and X takes ${room.cap}`;
    const said = room.detail === "" ? "" : ` (${oneLine(room.detail)})`;
    return [`  x too many rules: there would be ${room.wanted}${most}${said}`];
  }
  if (room.kind === "after-removal") {
    return [
      "  ! there is no room for all that is new before something is removed: some posts may be missed meanwhile",
    ];
  }
  return after === 0 ? ["  ! X would hold no rule at all, and send nothing"] : [];
}

function quoteTag(tag: string): string {
  return tag === "" ? "no tag" : `the tag ${JSON.stringify(neutralize(tag))}`;
}

function oneLine(text: string): string {
  return neutralize(text);
}

function toJson({ file, url, checked, entries }: ShownRulePlan): unknown {
  return {
    x: url,
    file,
    changes: changesRules(checked),
    refused: isRefusedPlan(checked),
    counts: countActions(entries),
    room: checked.room,
    rulesBefore: checked.before,
    rulesAfter: checked.after,
    rules: entries,
  };
}
