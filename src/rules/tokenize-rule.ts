/**
 * A rule's text to tokens, each with its position; what X's own scanner would refuse becomes a problem and the
 * scan goes on, so that one answer names everything that is wrong.
 */
import type { OperatorName, RuleProblem } from "./ast.ts";
import { isOperatorName, takesValue } from "./operators.ts";

export type RuleToken =
  | { readonly kind: "open" | "close" | "or" | "not" | "end"; readonly position: number }
  | { readonly kind: "keyword"; readonly position: number; readonly text: string }
  | {
      readonly kind: "phrase";
      readonly position: number;
      readonly text: string;
      readonly within: number | null;
    }
  | { readonly kind: "hashtag" | "cashtag" | "mention"; readonly position: number; readonly text: string }
  | {
      readonly kind: "operator";
      readonly position: number;
      readonly name: OperatorName;
      readonly value: string;
    };

/** Most words that may stand between those of `"a b"~N`. */
const maxWithin = 6;

const space = /\s/;
const wordStart = /^[\p{L}\p{M}\p{N}_\p{Extended_Pictographic}\p{Regional_Indicator}]/u;
const signs = {
  "#": { kind: "hashtag", body: /^[\p{L}\p{M}\p{N}_]+$/u },
  "＃": { kind: "hashtag", body: /^[\p{L}\p{M}\p{N}_]+$/u },
  $: { kind: "cashtag", body: /^[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?$/ },
  "@": { kind: "mention", body: /^[A-Za-z0-9_]{1,15}$/ },
} as const;

export interface TokenizedRule {
  /** Always ends with an `end` token. */
  readonly tokens: readonly RuleToken[];
  readonly problems: readonly RuleProblem[];
}

export function tokenizeRule(text: string): TokenizedRule {
  const tokens: RuleToken[] = [];
  const problems: RuleProblem[] = [];
  const refuse = (at: number, message: string) => problems.push({ position: at + 1, message });
  let at = 0;

  const readQuoted = (): string | null => {
    let value = "";
    for (let i = at + 1; i < text.length; i++) {
      const char = text.charAt(i);
      if (char === '"') {
        at = i + 1;
        return value;
      }
      const next = text.charAt(i + 1);
      if (char === "\\" && (next === '"' || next === "\\")) {
        value += next;
        i++;
      } else value += char;
    }
    refuse(at, `no viable alternative at character '"'`);
    at = text.length;
    return null;
  };

  const readWord = (from: number): string => {
    let end = from;
    while (end < text.length && !space.test(text.charAt(end)) && !`()"`.includes(text.charAt(end))) end++;
    return text.slice(from, end);
  };

  const readOperator = (start: number, name: string): void => {
    at = start + name.length + 1;
    let value: string | null;
    const first = text.charAt(at);
    if (first === '"') value = readQuoted();
    else if (first === "[") {
      const end = text.indexOf("]", at);
      value = end === -1 ? text.slice(at) : text.slice(at, end + 1);
      at += value.length;
    } else {
      value = readWord(at);
      at += value.length;
    }
    const lower = name.toLowerCase();
    if (!isOperatorName(lower)) return void refuse(start, invalidOperator(name));
    if (value === null) return;
    if (value === "") return void refuse(start, `no viable alternative at input '${name}:'`);
    if (!takesValue(lower, value)) {
      refuse(
        start,
        lower === "has" || lower === "is"
          ? invalidOperator(`${name}:${value}`)
          : `Invalid value '${value}' for operator '${lower}'`,
      );
      return;
    }
    tokens.push({ kind: "operator", position: start + 1, name: lower, value });
  };

  while (at < text.length) {
    const char = text.charAt(at);
    if (space.test(char)) at++;
    else if (char === "(") tokens.push({ kind: "open", position: ++at });
    else if (char === ")") tokens.push({ kind: "close", position: ++at });
    else if (char === "-") {
      const next = text.charAt(at + 1);
      if (next === "" || next === "-" || next === ")" || space.test(next)) {
        refuse(at, "no viable alternative at input '-'");
      } else tokens.push({ kind: "not", position: at + 1 });
      at++;
    } else if (char === '"') {
      const start = at;
      const value = readQuoted();
      if (value === null) continue;
      const near = /^~([0-9]+)/.exec(text.slice(at, at + 12));
      if (near !== null) at += near[0].length;
      const within = near === null ? null : Number(near[1]);
      if (value.trim() === "") refuse(start, `no viable alternative at input '""'`);
      else if (within !== null && within > maxWithin) {
        refuse(start, `Proximity must be between 0 and ${maxWithin}`);
      } else tokens.push({ kind: "phrase", position: start + 1, text: value, within });
    } else if (Object.hasOwn(signs, char)) {
      const { kind, body } = signs[char as keyof typeof signs];
      const word = readWord(at + 1);
      if (body.test(word)) tokens.push({ kind, position: at + 1, text: word });
      else refuse(at, `no viable alternative at input '${char}${word}'`);
      at += 1 + word.length;
    } else {
      const start = at;
      const word = readWord(start);
      const operator = /^([A-Za-z][A-Za-z_]*):/.exec(word)?.[1];
      if (operator !== undefined) {
        readOperator(start, operator);
        continue;
      }
      if (!wordStart.test(word)) {
        const refused = String.fromCodePoint(text.codePointAt(at) ?? 0);
        refuse(at, `no viable alternative at character '${refused}'`);
        at += refused.length;
        continue;
      }
      at += word.length;
      const ambiguous = /^(?:or|and)$/i.test(word) ? word.toLowerCase() : null;
      if (word === "OR") tokens.push({ kind: "or", position: start + 1 });
      else {
        if (ambiguous !== null) refuse(start, ambiguousUse(ambiguous));
        tokens.push({ kind: "keyword", position: start + 1, text: word });
      }
    }
  }
  tokens.push({ kind: "end", position: text.length + 1 });
  return { tokens, problems };
}

function ambiguousUse(word: string): string {
  const join = word === "or" ? "OR" : "a space";
  return `Ambiguous use of ${word} as a keyword. Use ${join} to logically join two clauses, or "${word}" to find occurrences of ${word} in text`;
}

function invalidOperator(name: string): string {
  return `Reference to invalid operator '${name}'. Operator is not available in current product or product packaging. Please refer to complete available operator list at http://t.co/operators.`;
}
