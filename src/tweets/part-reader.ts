/**
 * Reads the parts of a post that may be absent. What is there and not of its kind is left out, and its place is kept:
 * a pointer as in JSON Pointer, with `*` for any element of a list, so that one fault of X's is one place.
 */
import { isJsonObject, isWellFormedText, type JsonObject } from "../kernel/json.ts";
import { parseTimestampMs } from "./timestamp.ts";

const nothing: readonly never[] = Object.freeze([]);
const maxInt = 2 ** 31 - 1;

export class PartReader {
  private places: Set<string> | null = null;

  /** Places of what was left out, each once. */
  get leftOut(): readonly string[] {
    return this.places === null ? nothing : [...this.places];
  }

  leaveOut(place: string): null {
    this.places ??= new Set();
    this.places.add(place);
    return null;
  }

  /** A text that UTF-8 can carry. */
  text(source: JsonObject, name: string, at: string): string | null {
    const value = source[name];
    if (typeof value === "string" && isWellFormedText(value)) return value;
    return this.absent(value, name, at);
  }

  flag(source: JsonObject, name: string, at: string): boolean | null {
    const value = source[name];
    return typeof value === "boolean" ? value : this.absent(value, name, at);
  }

  int(source: JsonObject, name: string, at: string): number | null {
    const value = source[name];
    if (typeof value === "number" && Number.isInteger(value) && value >= -maxInt - 1 && value <= maxInt) {
      return value;
    }
    return this.absent(value, name, at);
  }

  long(source: JsonObject, name: string, at: string): number | null {
    const value = source[name];
    return typeof value === "number" && Number.isSafeInteger(value) ? value : this.absent(value, name, at);
  }

  double(source: JsonObject, name: string, at: string): number | null {
    const value = source[name];
    return typeof value === "number" ? value : this.absent(value, name, at);
  }

  /** Milliseconds since the epoch. */
  time(source: JsonObject, name: string, at: string): number | null {
    const value = source[name];
    const ms = typeof value === "string" ? parseTimestampMs(value) : null;
    return ms ?? this.absent(value, name, at);
  }

  object(source: JsonObject, name: string, at: string): JsonObject | null {
    const value = source[name];
    return isJsonObject(value) ? value : this.absent(value, name, at);
  }

  /** What `read` makes of each object of a list; an element that is none, or of which it makes null, is left out. */
  list<Item>(
    source: JsonObject,
    name: string,
    at: string,
    read: (item: JsonObject, at: string) => Item | null,
  ): readonly Item[] {
    const value = source[name];
    if (!Array.isArray(value)) return this.absent(value, name, at) ?? nothing;
    if (value.length === 0) return nothing;
    const place = `${at}/${name}/*`;
    const items: Item[] = [];
    for (const element of value) {
      const item = isJsonObject(element) ? read(element, place) : null;
      if (item === null) this.leaveOut(place);
      else items.push(item);
    }
    return items;
  }

  texts(source: JsonObject, name: string, at: string): readonly string[] {
    const value = source[name];
    if (!Array.isArray(value)) return this.absent(value, name, at) ?? nothing;
    const texts: string[] = [];
    for (const element of value) {
      if (typeof element === "string" && isWellFormedText(element)) texts.push(element);
      else this.leaveOut(`${at}/${name}/*`);
    }
    return texts;
  }

  /** null, which X sends for what is absent, is no fault. */
  private absent(value: unknown, name: string, at: string): null {
    return value === undefined || value === null ? null : this.leaveOut(`${at}/${name}`);
  }
}

/** The one of a field's two names that the object has: X's newest description renames "tweet" to "post". */
export function eitherName(source: JsonObject, name: string, newName: string): string {
  return source[name] === undefined && source[newName] !== undefined ? newName : name;
}
