/**
 * avsc's unions made strict, and quick where a branch is null or a text. avsc lets a default match only a union's first
 * branch, and reads a union by the first branch that would do rather than by the one of the same name.
 */
import avsc from "avsc";
import type { AvscClass, AvscType, CopyOptions, Reader, ResolveOptions, Resolver } from "./avsc-types.ts";
import { BytesFault, readExactLong, readText, type Tap } from "./tap.ts";
import { bucketOfValue, type ValueBucket } from "./union-shape.ts";

const base = avsc.types as unknown as Record<"UnwrappedUnionType" | "WrappedUnionType", AvscClass>;

/** Branches that could read the writer's type: those of its own name first, since any other would change it. */
function resolveBranch(
  types: readonly AvscType[],
  writer: AvscType,
  options: ResolveOptions,
): { type: AvscType; reader: Reader } | null {
  const same = types.filter((type) => type.branchName === writer.branchName);
  const others = types.filter((type) => type.branchName !== writer.branchName);
  for (const type of [...same, ...others]) {
    const known = new Set(Object.keys(options.registry ?? {}));
    try {
      return { type, reader: type.createResolver(writer, options) };
    } catch {
      // A failed attempt leaves half-made resolvers behind, which a later one would take for whole.
      for (const key of Object.keys(options.registry ?? {})) {
        if (!known.has(key)) delete options.registry?.[key];
      }
    }
  }
  return null;
}

/** The first branch that the default is a value of. */
function copyDefault(types: readonly AvscType[], value: unknown, options: CopyOptions): [AvscType, unknown] {
  for (const type of types) {
    try {
      return [type, type._copy(value, options)];
    } catch {
      // The next branch may do.
    }
  }
  throw new TypeError("the default is not a value of any branch");
}

/** The one byte of a branch's index; NaN, which no byte is, for none and for those of more bytes. */
function byteOfBranch(index: number): number {
  return index >= 0 && index < 64 ? index << 1 : Number.NaN;
}

export class StrictBareUnion extends base.UnwrappedUnionType {
  // avsc freezes its types, but not these.
  readonly #nullByte: number;
  readonly #textByte: number;

  constructor(schema: unknown, options: unknown) {
    super(schema, options);
    this.#nullByte = byteOfBranch(this.types.findIndex(({ typeName }) => typeName === "null"));
    this.#textByte = byteOfBranch(this.types.findIndex(({ _read }) => _read === readText));
  }

  override _read(tap: Tap): unknown {
    const byte = tap.buf[tap.pos];
    if (byte === this.#nullByte) {
      tap.pos += 1;
      return null;
    }
    if (byte === this.#textByte) {
      tap.pos += 1;
      return readText(tap);
    }
    return super._read(tap);
  }

  override _copy(value: unknown, options?: CopyOptions): unknown {
    if (options?.wrap !== 2) return super._copy(value, options);
    return copyDefault(this.types, value, options)[1];
  }

  override _update(resolver: Resolver, writer: AvscType, options: ResolveOptions): void {
    const found = resolveBranch(this.types, writer, options);
    if (found === null) return;
    resolver._read = found.reader._read === readText ? readText : (tap) => found.reader._read(tap);
  }

  override createResolver(writer: AvscType, options: ResolveOptions = {}): Reader {
    if (!writer.typeName.startsWith("union:")) return super.createResolver(writer, options);
    const [first, ...others] = writer.types.map((branch) => this.createResolver(branch, options));
    if (first === undefined) return super.createResolver(writer, options);
    const branches = [first, ...others];
    const nullByte = byteOfBranch(writer.types.findIndex(({ typeName }) => typeName === "null"));
    const textByte = byteOfBranch(branches.findIndex(({ _read }) => _read === readText));
    const read = (tap: Tap): unknown => {
      const byte = tap.buf[tap.pos];
      if (byte === nullByte) {
        tap.pos += 1;
        return null;
      }
      if (byte === textByte) {
        tap.pos += 1;
        return readText(tap);
      }
      const branch = branches[readExactLong(tap)];
      if (branch === undefined) throw new BytesFault("a union's index beyond its branches");
      return branch._read(tap);
    };
    // avsc's class of resolvers cannot be had otherwise.
    return Object.freeze(Object.assign(Object.create(Object.getPrototypeOf(first)), first, { _read: read }));
  }
}

/** A bare union with a mapped branch, whose values avsc would put in another bucket than their types. */
export class MappedBareUnion extends StrictBareUnion {
  private static readonly buckets = new WeakMap<MappedBareUnion, readonly ValueBucket[]>();

  constructor(branches: readonly AvscType[], options: unknown, buckets: readonly ValueBucket[]) {
    super(branches, options);
    // avsc freezes its types.
    MappedBareUnion.buckets.set(this, buckets);
  }

  override _check(value: unknown): boolean {
    return this.types[this.indexOf(value)]?._check(value) ?? false;
  }

  override _write(tap: Tap, value: unknown): void {
    const index = this.indexOf(value);
    if (index === -1) throw new TypeError("a value of no branch");
    tap.writeLong(index);
    if (value !== null) this.types[index]?._write(tap, value);
  }

  override _copy(value: unknown, options?: CopyOptions): unknown {
    if (options?.wrap === 2) return super._copy(value, options);
    return this.types[this.indexOf(value)]?._copy(value, options);
  }

  private indexOf(value: unknown): number {
    const bucket = bucketOfValue(value);
    return bucket === null ? -1 : (MappedBareUnion.buckets.get(this)?.indexOf(bucket) ?? -1);
  }
}

export class StrictWrappedUnion extends base.WrappedUnionType {
  override _copy(value: unknown, options?: CopyOptions): unknown {
    if (options?.wrap !== 2) return super._copy(value, options);
    const [type, copy] = copyDefault(this.types, value, options);
    return type._branchConstructor === null ? null : new type._branchConstructor(copy);
  }

  override _update(resolver: Resolver, writer: AvscType, options: ResolveOptions): void {
    const found = resolveBranch(this.types, writer, options);
    if (found === null) return;
    const Branch = found.type._branchConstructor;
    resolver._read =
      Branch === null ? (tap) => found.reader._read(tap) : (tap) => new Branch(found.reader._read(tap));
  }
}
