/**
 * A text in one line with a caret under a place of it, as compilers do: a long one is cut around the place, wide and
 * harmful characters keep the caret where it belongs.
 */
import { neutralize } from "../render/neutralize.ts";
import { widthOf } from "../render/width.ts";

/** Two lines without their ending. `position` counts from 1 in UTF-16 units; one past the end is the end. */
export function markPosition(text: string, position: number, maxUnits = 100): string {
  const at = Math.min(Math.max(position - 1, 0), text.length);
  const isLong = text.length > maxUnits;
  const from = isLong ? Math.max(0, Math.min(at - Math.floor(maxUnits / 2), text.length - maxUnits)) : 0;
  const start = splitsCharacter(text, from) ? from - 1 : from;
  const until = Math.min(text.length, start + maxUnits);
  const end = splitsCharacter(text, until) ? until + 1 : until;
  const head = start > 0 ? "..." : "";
  const tail = end < text.length ? "..." : "";
  const before = head + neutralize(text.slice(start, splitsCharacter(text, at) ? at - 1 : at));
  return `${head}${neutralize(text.slice(start, end))}${tail}\n${" ".repeat(widthOf(before))}^`;
}

function splitsCharacter(text: string, at: number): boolean {
  return at > 0 && at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}
