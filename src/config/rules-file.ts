/**
 * `rules.yaml`: a team's filter rules as a file, a list of {tag, value, note?} or an object whose `rules` is that list.
 * YAML 1.2 with the failsafe schema (every scalar is the text that stands there, so that `no` and `007` stay what they
 * are), and so JSON, too. What is wrong is told with its line, all of it at once.
 */
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { describeCause } from "../kernel/error.ts";
import { isStoredTag, ruleTagPrefix } from "../kernel/rule-tag.ts";
import { ConfigError } from "./load-config.ts";
import type { TaggedRule } from "./rule-flag.ts";

export interface FileRule extends TaggedRule {
  /** For people; X has no place for it. */
  readonly note: string | null;
  /** Where the rule begins, counted from 1. */
  readonly line: number;
}

/** Throws ConfigError `unreadable-config` when there is no such file, `invalid-rules` with every mistake in it. */
export async function readRulesFile(path: string, shown = path): Promise<FileRule[]> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : describeCause(cause);
    throw new ConfigError("unreadable-config", `the rules file ${shown} cannot be read: ${reason}`, {
      cause,
    });
  }
  return parseRulesFile(bytes, shown);
}

interface Mistake {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const mostShown = 20;

/** Throws ConfigError `invalid-rules`. Rules come in the order of the file; an empty list is written `rules: []`. */
export function parseRulesFile(bytes: Uint8Array, shown: string): FileRule[] {
  const mistakes: Mistake[] = [];
  const rules = readRules(bytes, mistakes);
  if (mistakes.length === 0) return rules;
  mistakes.sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = mistakes
    .slice(0, mostShown)
    .map(({ line, column, message }) => `\n  ${shown}:${line}:${column}: ${message}`);
  const more = mistakes.length > mostShown ? `\n  and ${mistakes.length - mostShown} more` : "";
  const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
  throw new ConfigError("invalid-rules", `the rules file ${shown} has ${count}:${lines.join("")}${more}`, {
    details: { mistakes },
  });
}

type Refuse = (node: unknown, message: string) => void;

function readRules(bytes: Uint8Array, mistakes: Mistake[]): FileRule[] {
  if (!isUtf8(bytes)) {
    mistakes.push({ ...findBadByte(bytes), message: "the file is not UTF-8 from here on" });
    return [];
  }
  const text = new TextDecoder().decode(bytes);
  const counter = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", lineCounter: counter, prettyErrors: false });
  const placeOf = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // What follows a mistake of syntax is mostly its echo.
  const [broken] = document.errors;
  if (broken !== undefined) {
    mistakes.push({ ...placeOf(broken.pos[0]), message: explainSyntax(broken.code, broken.message) });
    return [];
  }
  const refuse: Refuse = (node, message) => mistakes.push({ ...placeOf(startOf(node)), message });
  const items = listRules(document, refuse);
  const rules = items.flatMap((item) => {
    const rule = readRule(document, item, refuse);
    return rule === null ? [] : [{ ...rule, line: placeOf(startOf(item)).line, item }];
  });
  refuseTwins(rules, refuse);
  return rules.map(({ tag, value, note, line }) => ({ tag, value, note, line }));
}

function explainSyntax(code: string, message: string): string {
  if (code === "TAB_AS_INDENT") return "tabs do not indent in YAML: use spaces";
  if (code === "MULTIPLE_DOCS") return "a rules file is one document, without `---` between rules";
  if (code === "DUPLICATE_KEY") return "the key stands there twice";
  if (message.startsWith("Maximum call stack")) return "it is nested too deeply";
  const plain = message.replace(/[.:\s]+$/, "");
  return quotable.has(code) ? `${plain} (${quotingHint})` : plain;
}

/** What a rule that needs quotes and has none looks like to YAML. */
const quotable: ReadonlySet<string> = new Set([
  "BAD_SCALAR_START",
  "BLOCK_AS_IMPLICIT_KEY",
  "MISSING_CHAR",
  "UNEXPECTED_TOKEN",
]);
const quotingHint =
  'a value with quotes or ": " in it, or one that begins with @, *, &, !, %, [ or {, stands in single quotes, or on lines of its own after "value: >-"';

function listRules(document: Document, refuse: Refuse): readonly unknown[] {
  const root = document.contents;
  if (isSeq(root)) return root.items;
  if (root === null || (isScalar(root) && root.value === "")) {
    refuse(root, "the file is empty; `rules: []` says that there shall be no rule");
    return [];
  }
  if (!isMap(root)) {
    refuse(root, "a rules file is a list of {tag, value}, or an object whose `rules` is that list");
    return [];
  }
  const strange = keysOf(root).filter(({ name }) => name !== "rules");
  for (const { key, name } of strange)
    refuse(key, `there is no setting ${JSON.stringify(name)}, only "rules"`);
  const list = resolve(document, root.get("rules", true));
  if (isSeq(list)) return list.items;
  if (strange.length === 0 || list !== undefined) refuse(list ?? root, '"rules" is a list of {tag, value}');
  return [];
}

interface ReadRule {
  readonly tag: string;
  readonly value: string;
  readonly note: string | null;
}

const members = ["tag", "value", "note"];

function readRule(document: Document, item: unknown, refuse: Refuse): ReadRule | null {
  const map = resolve(document, item);
  if (!isMap(map)) {
    refuse(item, "a rule is an object: {tag: ..., value: ...}");
    return null;
  }
  let isRight = true;
  const wrong: Refuse = (node, message) => {
    isRight = false;
    refuse(node, message);
  };
  for (const { key, name } of keysOf(map)) {
    if (name === "<<") wrong(key, "merge keys are not taken: write the rule out");
    else if (!members.includes(name)) {
      wrong(key, `a rule has no ${JSON.stringify(name)}, only tag, value and note`);
    }
  }
  const read = (name: string): string | null => {
    const node = resolve(document, map.get(name, true));
    if (node === undefined) return null;
    if (isScalar(node) && typeof node.value === "string") {
      const isNothing = node.type === "PLAIN" && /^(?:null|~)?$/.test(node.value);
      return isNothing ? "" : node.value;
    }
    wrong(node, `the ${name} is not a text; in YAML, quote what begins with [, { or *`);
    return null;
  };
  const tag = read("tag")?.trim();
  const value = read("value");
  const note = read("note");
  if (!isRight) return null;
  const at = (name: string) => map.get(name, true) ?? item;
  if (tag === undefined || tag === "") wrong(at("tag"), "the rule has no tag");
  else if (isStoredTag(tag)) {
    wrong(at("tag"), `a tag is written without "${ruleTagPrefix}", which Birdwire puts before it on X`);
  } else if (/\p{Cc}/u.test(tag)) wrong(at("tag"), "a tag has no line breaks or control characters");
  const oneLine = value === null ? "" : toOneLine(value);
  if (oneLine === "") {
    wrong(at("value"), "the rule has no value (one that begins with # stands in quotes: '#python')");
  } else if (/\p{Cc}/u.test(oneLine)) wrong(at("value"), "a rule has no control characters");
  return isRight
    ? { tag: tag ?? "", value: oneLine, note: note === null || note === "" ? null : note }
    : null;
}

/** X keeps one rule for each value. */
function refuseTwins(rules: readonly (ReadRule & { line: number; item: unknown })[], refuse: Refuse): void {
  const first = new Map<string, ReadRule & { line: number }>();
  for (const rule of rules) {
    const twin = first.get(rule.value);
    if (twin === undefined) first.set(rule.value, rule);
    else {
      refuse(
        rule.item,
        `the rule ${rule.tag} is the same as ${twin.tag} in line ${twin.line}, and X keeps one of a kind`,
      );
    }
  }
}

/** A rule of several lines (a YAML block) is one line on X; spaces between clauses say no more than one of them. */
function toOneLine(value: string): string {
  const inQuotes = (text: string) => text.replace(/[ \t]*[\t\r\n]\s*/g, " ");
  return value
    .replace(/"(?:[^"\\]|\\.)*"|\s+/gs, (part) => (part.startsWith('"') ? inQuotes(part) : " "))
    .trim();
}

function resolve(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function keysOf(map: YAMLMap): { key: unknown; name: string }[] {
  return map.items.map(({ key }) => ({ key, name: isScalar(key) ? String(key.value) : "?" }));
}

function startOf(node: unknown): number {
  if (typeof node !== "object" || node === null || !("range" in node)) return 0;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : 0;
}

function findBadByte(bytes: Uint8Array): { line: number; column: number } {
  let low = 0;
  let high = bytes.length;
  // The longest prefix that is UTF-8 but for a character cut at its end.
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const isGood = [0, 1, 2, 3].some((cut) => middle >= cut && isUtf8(bytes.subarray(0, middle - cut)));
    if (isGood) low = middle;
    else high = middle - 1;
  }
  while (low > 0 && !isUtf8(bytes.subarray(0, low))) low--;
  const before = new TextDecoder().decode(bytes.subarray(0, low)).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
