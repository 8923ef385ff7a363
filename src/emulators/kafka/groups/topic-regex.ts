/**
 * Subscriptions by regular expression. Kafka takes those of RE2/J, and a topic has to match as a whole; here they
 * become JavaScript's, topic names being ASCII. What RE2/J refuses (look-around, back references, possessive
 * repetition) is refused as there.
 * Spec: https://github.com/google/re2/wiki/Syntax
 */
const maxLength = 10_000;
const maxRepeat = 1_000;

/** Members of a class, by POSIX name or Unicode property. */
const namedClasses: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7f",
  blank: "\\t ",
  digit: "0-9",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\s",
  upper: "A-Z",
  word: "\\w",
  xdigit: "0-9A-Fa-f",
  L: "A-Za-z",
  Latin: "A-Za-z",
  Ll: "a-z",
  Lu: "A-Z",
  N: "0-9",
  Nd: "0-9",
};

export type ParsedTopicRegex =
  | { readonly kind: "valid"; readonly matches: (topic: string) => boolean }
  | { readonly kind: "invalid"; readonly reason: string };

class RegexFault extends Error {}
const fail = (reason: string): never => {
  throw new RegexFault(reason);
};

/** What is wrong, as JavaScript says it and as RE2/J does. */
const reasons = [
  ["Unterminated character class", "missing closing ]"],
  ["Unterminated group", "missing closing )"],
  ["Unmatched ')'", "regexp/syntax: internal error"],
  ["out of order", "invalid character class range"],
  ["Nothing to repeat", "invalid nested repetition operator"],
  ["Invalid group", "invalid or unsupported Perl syntax"],
] as const;

/** What a subscription of that text matches. The empty text matches nothing: it is no subscription. */
export function parseTopicRegex(text: string): ParsedTopicRegex {
  if (text === "") return { kind: "valid", matches: () => false };
  try {
    if (text.length > maxLength) fail("expression too long");
    const flags = /^\(\?([imsU]*)(?:-[imsU]+)?\)/.exec(text);
    const source = translate(text.slice(flags?.[0].length ?? 0));
    // U swaps greedy and lazy, which is all the same when everything has to match.
    const own = new Set((flags?.[1] ?? "").replaceAll("U", ""));
    const regex = new RegExp(`^(?:${source})$`, [...own].join(""));
    return { kind: "valid", matches: (topic) => regex.test(topic) };
  } catch (error) {
    const { message } = error as Error;
    return { kind: "invalid", reason: reasons.find(([ours]) => message.includes(ours))?.[1] ?? message };
  }
}

interface Place {
  isInClass: boolean;
  /** What was translated so far. */
  result: string;
}
type Rule = readonly [token: RegExp, translate: (groups: readonly string[], place: Place) => string];

function named(name: string, { isInClass }: Place): string {
  const members = namedClasses[name] ?? fail("invalid character class range");
  return isInClass ? members : `[${members}]`;
}

/** Tokens of RE2, by what they become in JavaScript. The first that matches counts. */
const escapes: readonly Rule[] = [
  [/\\Q(.*?)(?:\\E|$)/sy, ([literal = ""]) => quote(literal)],
  [/\\p(?:\{(\w+)\}|(\w))/y, ([long = "", short = ""], place) => named(long || short, place)],
  [/\\x\{0*([0-9A-Fa-f]{1,4})\}/y, ([hex = ""]) => `\\u${hex.padStart(4, "0")}`],
  [/\\(.?)/sy, ([letter = ""]) => translateEscape(letter)],
];
const insideClass: readonly Rule[] = [
  ...escapes,
  [/\[:(\w+):\]/y, ([name = ""], place) => named(name, place)],
  [/\[/y, () => "\\["],
  [
    /\]/y,
    (_, place) => {
      place.isInClass = false;
      return "]";
    },
  ],
  [/[^\\[\]]+/y, ([text = ""]) => text],
];
const outsideClass: readonly Rule[] = [
  ...escapes,
  [
    /\[(\^?)(\]?)/y,
    ([not, bracket], place) => {
      place.isInClass = true;
      return `[${not}${bracket === "]" ? "\\]" : ""}`;
    },
  ],
  [/\(\?(P?)<(?![=!])/y, () => "(?<"],
  [/\(\?(?:[ims]+)?:/y, ([whole = ""]) => whole],
  [/\(\?[<P]/y, () => fail("invalid named capture")],
  [/\(\?/y, () => fail("invalid or unsupported Perl syntax")],
  [/\{(\d+)(?:,(\d*))?\}/y, ([min = "", max = "", whole = ""]) => checkRepeat(min, max, whole)],
  [
    /[*+?]/y,
    ([sign = ""], { result }) =>
      /(?:^|[(|])$/.test(result.replaceAll(/\\./gs, "x"))
        ? fail("missing argument to repetition operator")
        : sign,
  ],
  [/./sy, ([text = ""]) => text],
];

function translate(text: string): string {
  const place: Place = { isInClass: false, result: "" };
  for (let at = 0; at < text.length; ) {
    for (const [token, become] of place.isInClass ? insideClass : outsideClass) {
      token.lastIndex = at;
      const match = token.exec(text);
      if (match === null) continue;
      at = token.lastIndex;
      const [whole, ...groups] = match;
      place.result += become([...groups.map((group) => group ?? ""), whole], place);
      break;
    }
  }
  return place.result;
}

function checkRepeat(min: string, max: string, whole: string): string {
  const isAllowed = Number(max || min) >= Number(min) && Number(max || min) <= maxRepeat;
  return isAllowed ? whole : fail("invalid repeat count");
}

const quote = (literal: string) => literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

function translateEscape(letter: string): string {
  if (letter === "") return fail("trailing backslash at end of expression");
  if (letter === "A") return "^";
  if (letter === "z") return "$";
  if (letter === "a") return "\\x07";
  return /[bBdDsSwWfnrtvx0\W_]/.test(letter) ? `\\${letter}` : fail("invalid escape sequence");
}
