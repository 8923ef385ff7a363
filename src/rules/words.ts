/**
 * How text falls into words for a token match: at punctuation, symbols and separators; an emoji with its joiners and
 * modifiers is one word; scripts written without spaces (Han, kana, Thai, ...) are found anywhere in their run.
 * Case never counts, accents do.
 */

const runOn =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\u30FC\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
const pictograph = "\\p{Extended_Pictographic}[\\uFE0F\\p{Emoji_Modifier}]*";
const emoji = `(?:\\p{Regional_Indicator}{2}|[0-9#*]\\uFE0F?\\u20E3|${pictograph}(?:\\u200D${pictograph})*)`;
const wordPattern = new RegExp(`${emoji}|[${runOn}]+|(?:(?![${runOn}])[\\p{L}\\p{M}\\p{N}])+`, "gu");
const runOnChar = new RegExp(`[${runOn}]`, "u");
const wordChar = new RegExp(`^(?![${runOn}])[\\p{L}\\p{M}\\p{N}]$`, "u");
const plainWord = new RegExp(`^(?:(?![${runOn}])[\\p{L}\\p{M}\\p{N}])+$`, "u");

/** What both sides of a comparison go through: composed, lower case, emoji without their presentation selector. */
export function foldText(text: string): string {
  const lower = text.toLowerCase();
  return isAscii(lower) ? lower : lower.normalize("NFC").replaceAll("\uFE0F", "");
}

/** The words of folded text, in order. */
export function wordsOf(folded: string): string[] {
  return folded.match(wordPattern) ?? [];
}

/** A test for one keyword or phrase on folded text. `within`: other words that may stand between (`"a b"~N`). */
export function createTextTest(text: string, within: number | null = null): (folded: string) => boolean {
  const needle = foldText(text).trim();
  const words = wordsOf(needle);
  if (within !== null && words.length > 1) return (folded) => isNear(wordsOf(folded), words, within);
  if (words.length === 0 || runOnChar.test(needle)) return (folded) => folded.includes(needle);
  if (plainWord.test(needle)) return (folded) => holdsWord(folded, needle);
  return (folded) => holdsSequence(wordsOf(folded), words);
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

function holdsWord(folded: string, word: string): boolean {
  for (let at = folded.indexOf(word); at !== -1; at = folded.indexOf(word, at + 1)) {
    if (!isWordAt(folded, at + word.length, 1) && !isWordAt(folded, at - 1, -1)) return true;
  }
  return false;
}

/** Whether the character that begins (or, looking back, ends) at `at` would make the word longer. */
function isWordAt(text: string, at: number, direction: 1 | -1): boolean {
  if (at < 0 || at >= text.length) return false;
  const unit = text.charCodeAt(at);
  if (unit < 0x80) {
    return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a);
  }
  const lowHalf = direction === -1 && unit >= 0xdc00 && unit <= 0xdfff;
  return wordChar.test(String.fromCodePoint(text.codePointAt(lowHalf ? at - 1 : at) ?? 0));
}

function holdsSequence(words: readonly string[], wanted: readonly string[]): boolean {
  const [first] = wanted;
  for (let at = 0; at + wanted.length <= words.length; at++) {
    if (words[at] === first && wanted.every((word, i) => words[at + i] === word)) return true;
  }
  return false;
}

/** In any order, with at most `within` other words among them. */
function isNear(words: readonly string[], wanted: readonly string[], within: number): boolean {
  const span = wanted.length + within;
  const starts = words.flatMap((word, at) => (wanted.includes(word) ? [at] : []));
  return starts.some((at) => {
    const left = [...words.slice(at, at + span)];
    return wanted.every((word) => {
      const found = left.indexOf(word);
      if (found !== -1) left[found] = "";
      return found !== -1;
    });
  });
}
