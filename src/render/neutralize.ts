/**
 * Text from elsewhere made harmless to a terminal: control characters (ECMA-48 C0 and C1, with which every escape
 * sequence begins), Unicode's bidirectional controls (UAX #9) and line separators become visible escapes.
 *
 * Escaped, not removed: what was there stays to be seen.
 */
const harmful = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Surrogate}]/u;
const eachHarmful = new RegExp(harmful, "gu");
const eachHarmfulInLine = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Surrogate}]/gu;

/** Spark's show() escapes these; the rest takes the form of JSON. */
const short: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  "\f": "\\f",
  "\b": "\\b",
  "\v": "\\v",
  "\u0007": "\\a",
};

/** `\uXXXX` of a character within the basic plane. */
export function escapeUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

export interface NeutralizeOptions {
  /** Leaves \n and \t as they are (and \r\n becomes \n), for text that may take several lines. Default false. */
  readonly keepLines?: boolean;
}

/**
 * The text with every control character, bidirectional control, line separator and lone surrogate replaced by a
 * visible escape such as `\u001b` or `\n`. Text without any is returned as it is.
 */
export function neutralize(text: string, { keepLines = false }: NeutralizeOptions = {}): string {
  if (!harmful.test(text)) return text;
  const lines = keepLines ? text.replaceAll("\r\n", "\n") : text;
  return lines.replace(
    keepLines ? eachHarmfulInLine : eachHarmful,
    (character) => short[character] ?? escapeUnicode(character),
  );
}
