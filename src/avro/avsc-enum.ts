/**
 * avsc's enum made sound. It looks symbols up in a plain object, where `constructor` and its like always are: an enum
 * that has such a symbol is given others to avsc, and holds its own by itself.
 */
import avsc from "avsc";
import type { AvscType, Resolver } from "./avsc-types.ts";
import { BytesFault, readExactLong, type Tap, writeExactLong } from "./tap.ts";

/** As `avsc-schema.ts` prints it; what else it has is avsc's. */
export interface EnumPart {
  readonly symbols: readonly string[];
  readonly default?: string;
}

interface AvscEnum extends AvscType {
  readonly symbols: readonly string[];
  readonly default?: string;
}

const { EnumType } = avsc.types as unknown as {
  readonly EnumType: new (schema?: unknown, options?: unknown) => AvscEnum;
};

class StrictEnum extends EnumType {
  override _update(resolver: Resolver, writer: AvscType): void {
    if (writer.typeName !== "enum" || !isSameName(this, writer)) return;
    const known = new Set(symbolsOf(this).symbols);
    const fallback = symbolsOf(this).default;
    const written = symbolsOf(writer as AvscEnum).symbols;
    if (fallback === undefined && !written.every((symbol) => known.has(symbol))) return;
    const resolved = written.map((symbol) => (known.has(symbol) ? symbol : fallback));
    // `this` is the resolver when a resolver reads.
    resolver._read = (tap) => pick(resolved, tap);
  }
}

/** avsc freezes its types, so that the symbols lie beside them. */
const parts = new WeakMap<AvscType, EnumPart>();
const indexes = new WeakMap<AvscType, ReadonlyMap<unknown, number>>();

class InheritedEnum extends StrictEnum {
  constructor(part: EnumPart, options: unknown) {
    const { default: _fallback, ...rest } = part;
    // Any names will do, as long as none is another's.
    super({ ...rest, symbols: part.symbols.map((_, index) => `S${index}`) }, options);
    parts.set(this, part);
    indexes.set(this, new Map(part.symbols.map((symbol, index) => [symbol, index])));
  }

  override _read(tap: Tap): unknown {
    return pick(symbolsOf(this).symbols, tap);
  }

  override _check(value: unknown): boolean {
    return indexes.get(this)?.has(value) ?? false;
  }

  override _write(tap: Tap, value: unknown): void {
    const index = indexes.get(this)?.get(value);
    if (index === undefined) throw new TypeError("no symbol of the enum");
    writeExactLong(tap, index);
  }

  override _copy(value: unknown): unknown {
    if (!this._check(value)) throw new TypeError("no symbol of the enum");
    return value;
  }
}

export function createEnumType(part: EnumPart, options: unknown): AvscType {
  const isInherited = part.symbols.some((symbol) => symbol in Object.prototype);
  return isInherited ? new InheritedEnum(part, options) : new StrictEnum(part, options);
}

function symbolsOf(type: AvscEnum): EnumPart {
  return parts.get(type) ?? type;
}

function pick(symbols: readonly (string | undefined)[], tap: Tap): string {
  const symbol = symbols[readExactLong(tap)];
  if (symbol === undefined) throw new BytesFault("an enum's index beyond its symbols");
  return symbol;
}

/** Names without their namespace, as registries compare them; but an alias means one full name. avsc has one rule. */
export function isSameName(reader: AvscType, writer: AvscType): boolean {
  if (reader.name === undefined || writer.name === undefined) return true;
  const bare = (name: string) => name.slice(name.lastIndexOf(".") + 1);
  return bare(reader.name) === bare(writer.name) || reader.aliases.includes(writer.name);
}
