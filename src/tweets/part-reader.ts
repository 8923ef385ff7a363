/**
 * Reads the parts of a post that may be absent. What is there and not of its kind is left out, and its place is kept:
 * a pointer as in JSON Pointer, with `*` for any element of a list, so that one fault of X's is one place.
 *
 * Who calls reads the property itself, by its name, and says the place in two halves that are joined only for a fault:
 * a property read by a name that varies, and a place built for each field, would cost more than all else.
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
  text(value: unknown, at: string, name: string): string | null {
    if (typeof value === "string" && isWellFormedText(value)) return value;
    return this.absent(value, at, name);
  }

  flag(value: unknown, at: string, name: string): boolean | null {
    return typeof value === "boolean" ? value : this.absent(value, at, name);
  }

  int(value: unknown, at: string, name: string): number | null {
    if (typeof value === "number" && Number.isInteger(value) && value >= -maxInt - 1 && value <= maxInt) {
      return value;
    }
    return this.absent(value, at, name);
  }

  long(value: unknown, at: string, name: string): number | null {
    return typeof value === "number" && Number.isSafeInteger(value) ? value : this.absent(value, at, name);
  }

  double(value: unknown, at: string, name: string): number | null {
    return typeof value === "number" ? value : this.absent(value, at, name);
  }

  /** Milliseconds since the epoch. */
  time(value: unknown, at: string, name: string): number | null {
    const ms = typeof value === "string" ? parseTimestampMs(value) : null;
    return ms ?? this.absent(value, at, name);
  }

  object(value: unknown, at: string, name: string): JsonObject | null {
    return isJsonObject(value) ? value : this.absent(value, at, name);
  }

  /**
   * What `read` makes of each object of a list; an element that is none, or of which it makes null, is left out.
   * `itemPlace` is that of its elements, and ends in an asterisk.
   */
  list<Item>(
    value: unknown,
    itemPlace: string,
    read: (item: JsonObject, reader: PartReader, at: string) => Item | null,
  ): readonly Item[] {
    if (!Array.isArray(value)) return this.noList(value, itemPlace);
    // Made with its first item: an empty list makes room for sixteen at its first push, and most have one.
    let items: Item[] | null = null;
    for (const element of value) {
      const item = isJsonObject(element) ? read(element, this, itemPlace) : null;
      if (item === null) this.leaveOut(itemPlace);
      else if (items === null) items = [item];
      else items.push(item);
    }
    return items ?? nothing;
  }

  texts(value: unknown, itemPlace: string): readonly string[] {
    if (!Array.isArray(value)) return this.noList(value, itemPlace);
    let texts: string[] | null = null;
    for (const element of value) {
      if (typeof element !== "string" || !isWellFormedText(element)) this.leaveOut(itemPlace);
      else if (texts === null) texts = [element];
      else texts.push(element);
    }
    return texts ?? nothing;
  }

  /** null, which X sends for what is absent, is no fault. */
  private absent(value: unknown, at: string, name: string): null {
    return value === undefined || value === null ? null : this.leaveOut(`${at}/${name}`);
  }

  private noList(value: unknown, itemPlace: string): readonly never[] {
    if (value !== undefined && value !== null) this.leaveOut(itemPlace.slice(0, -"/*".length));
    return nothing;
  }
}

/** The one of a field's two names that the object has: X's newest description renames "tweet" to "post". */
export function eitherName(source: JsonObject, name: string, newName: string): string {
  return source[name] === undefined && source[newName] !== undefined ? newName : name;
}
