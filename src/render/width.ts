/**
 * How many columns of a terminal a text takes, and where it may be cut: East Asian Width (UAX #11), emoji sequences
 * and combining marks as grapheme clusters (UAX #29).
 */
import stringWidth from "string-width";

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
const beyondPrintableAscii = /[^\u0020-\u007e]/;

/**
 * Columns of a neutralised text that stands between two ASCII characters.
 * Measured in that place, since a leading mark or a trailing prefix joins its neighbour.
 */
export function widthOf(text: string): number {
  if (!beyondPrintableAscii.test(text)) return text.length;
  return stringWidth(`|${text}|`, { countAnsiEscapeCodes: true }) - 2;
}

/** The longest beginning of at most `maxUnits` UTF-16 units that does not end inside a grapheme cluster. */
export function cutAtGrapheme(text: string, maxUnits: number): string {
  if (text.length <= maxUnits) return text;
  // Where a cluster begins depends on what stands before the cut and on the one character after it.
  const near = text.slice(0, maxUnits + 2);
  return text.slice(0, graphemes.segment(near).containing(maxUnits)?.index ?? maxUnits);
}
