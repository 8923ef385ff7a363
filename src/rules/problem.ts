/**
 * What is wrong with a rule, as X words it: `<message> (at position <position>)`. The emulator writes that form and
 * the client reads it, so it stands here alone. Source: x-api facts 1.6 and 1.8.
 */
import type { RuleProblem } from "./ast.ts";

/** Most characters of a rule, by access tier. */
export const maxRuleChars = { "pay-per-use": 1024, enterprise: 2048 } as const;

export function printProblem({ message, position }: RuleProblem): string {
  return `${message} (at position ${position})`;
}

export interface ReportedProblem {
  readonly message: string;
  /** Counted from 1 in UTF-16 units; null where the text names none. */
  readonly position: number | null;
}

/** A refusal as X sent it; a text of another form is all message. */
export function readProblemText(text: string): ReportedProblem {
  const match = /^(.*?)\s*\(at position (\d{1,9})\)[.\s]*$/s.exec(text);
  if (match === null) return { message: text.trim(), position: null };
  return { message: match[1] ?? "", position: Number(match[2]) };
}

/** Null when the rule is short enough. Characters are code points; the position is that of the first one too many. */
export function checkLength(text: string, maxChars: number): RuleProblem | null {
  // A text has no more code points than units.
  if (text.length <= maxChars) return null;
  const chars = Array.from(text);
  if (chars.length <= maxChars) return null;
  return {
    position: chars.slice(0, maxChars).join("").length + 1,
    message: `Rule is ${chars.length} characters long, and ${maxChars} is the most`,
  };
}
