/**
 * The text of a generated post and the entities in it, whose offsets count code points, as X counts.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import type { Random } from "./random.ts";
import { cashtags, companions, emoji, english, hashtags, type Language, type Topic } from "./texts.ts";

export interface Written {
  readonly text: string;
  readonly entities: JsonObject;
  /** Code points before the first that is the post's own: those of the mention that a reply begins with. */
  readonly ownStart: number;
}

interface Draft {
  text: string;
  chars: number;
  readonly hashtags: JsonObject[];
  readonly cashtags: JsonObject[];
  readonly mentions: JsonObject[];
  readonly urls: JsonObject[];
}

/** `mentioned`: the user that a reply begins with. The topic stands in the text as a word of its own. */
export function writeText(
  random: Random,
  language: Language,
  topic: Topic,
  mentioned: JsonObject | null,
): Written {
  const draft: Draft = { text: "", chars: 0, hashtags: [], cashtags: [], mentions: [], urls: [] };
  let ownStart = 0;
  if (mentioned !== null) {
    const username = String(mentioned.username);
    draft.mentions.push({ ...append(draft, `@${username}`), username, id: mentioned.id });
    ownStart = draft.chars + 1;
  }
  append(draft, random.pick(language.sentences).replace("{}", topic));
  if (random.chance(0.4)) append(draft, `(${random.pick(companions[topic])})`);
  if (random.chance(0.6)) append(draft, random.pick(language.asides));
  if (random.chance(language === english ? 0.6 : 0.3)) append(draft, random.pick(emoji));
  if (random.chance(0.35)) {
    const tag = random.chance(0.5) ? topic : random.pick(hashtags);
    draft.hashtags.push({ ...append(draft, `#${tag}`), tag });
  }
  if (random.chance(0.05)) {
    const tag = random.pick(cashtags);
    draft.cashtags.push({ ...append(draft, `$${tag}`), tag });
  }
  if (random.chance(0.2)) {
    const code = random.below(0xffffff).toString(36);
    draft.urls.push({
      ...append(draft, `https://t.co/${code}`),
      url: `https://t.co/${code}`,
      expanded_url: `https://example.com/${topic.toLowerCase()}/${code}`,
      display_url: `example.com/${topic.toLowerCase()}/${code}`,
    });
  }
  const { text, chars: _, ...lists } = draft;
  return { text, entities: filledLists(lists), ownStart };
}

/** X leaves out a list that has nothing in it. */
function filledLists(lists: Readonly<Record<string, readonly JsonObject[]>>): JsonObject {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}

/** The entities that end before the text is cut, at `chars` code points. */
export function entitiesBefore(entities: JsonObject, chars: number): JsonObject {
  const lists = Object.entries(entities).map(([name, list]) => [
    name,
    (list as readonly JsonObject[]).filter(({ end }) => Number(end) <= chars),
  ]);
  return filledLists(Object.fromEntries(lists) as Record<string, readonly JsonObject[]>);
}

function append(draft: Draft, part: string): { start: number; end: number } {
  if (draft.text !== "") {
    draft.text += " ";
    draft.chars++;
  }
  const start = draft.chars;
  draft.text += part;
  draft.chars += codePoints(part);
  return { start, end: draft.chars };
}

export function codePoints(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff]/g)?.length ?? 0);
}

/** `chars` code points at most; a text that is longer ends in an ellipsis. */
export function cutText(text: string, chars: number): string {
  const points = Array.from(text);
  return points.length <= chars ? text : `${points.slice(0, chars - 1).join("")}…`;
}
