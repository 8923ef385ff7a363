/**
 * A post on its way from a feed to the streams: its payload, which rules and joins look at, and, for a recorded one,
 * the text whose characters are the ones sent.
 */
import { isPostId } from "../../kernel/brand.ts";
import { isJsonObject, type JsonObject } from "../../kernel/json.ts";
import { skipValue, walkObject } from "./json-slices.ts";

export interface PlayedPost {
  readonly id: string;
  /** A v2 message with a `data` object. */
  readonly payload: JsonObject;
  /** null: a post that was never text, and goes out as its payload prints. */
  readonly recorded: RecordedText | null;
  /** JSON of the members of `data` that are not as recorded any more. */
  readonly moved?: Readonly<Record<string, string>>;
}

export interface Member {
  readonly name: string;
  /** The value's text. */
  readonly json: string;
}

export interface MessageParts {
  readonly data: readonly Member[];
  /** Text of `errors`; null when there are none. */
  readonly errors: string | null;
  /** Where the value of `includes` begins; -1 when there is none. */
  readonly includesAt: number;
}

export class RecordedText {
  readonly text: string;
  #parts: MessageParts | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Taken apart when first asked for: most posts match no rule. */
  get parts(): MessageParts {
    this.#parts ??= takeApart(this.text);
    return this.#parts;
  }
}

function takeApart(text: string): MessageParts {
  const data: Member[] = [];
  let errors: string | null = null;
  let includesAt = -1;
  walkObject(text, 0, (name, start) => {
    if (name === "data" && data.length === 0) {
      return walkObject(text, start, (member, from) => {
        const end = skipValue(text, from);
        data.push({ name: member, json: text.slice(from, end) });
        return end;
      });
    }
    const end = skipValue(text, start);
    if (name === "errors") errors = text.slice(start, end);
    else if (name === "includes") includesAt = start;
    return end;
  });
  return { data, errors, includesAt };
}

const largestId = (2n ** 63n - 1n).toString();

/** The post in a line of a recording, or a sentence that says why it can't be played. */
export function readPost(text: string): PlayedPost | string {
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (error) {
    return `it is not JSON (${error instanceof Error ? error.message : String(error)})`;
  }
  if (!isJsonObject(payload) || !isJsonObject(payload.data)) return `it has no "data" object`;
  const { id } = payload.data;
  if (!isPostId(id) || (id.length === largestId.length && id > largestId)) {
    return "data.id is not a post id of 1 to 19 digits";
  }
  return { id, payload, recorded: new RecordedText(text) };
}
