/**
 * What emitters hand to the printer. Only codegen's own words are plain strings; whatever comes from a schema is a
 * piece with a meaning, so that the printer alone decides about quoting, escaping and imports.
 */
import type { NamedSchema } from "../src/avro/model.ts";

/** A decoded value, or one that an encoder takes. */
export type Side = "read" | "write";

export type Piece =
  | string
  /** A string literal. */
  | { readonly kind: "text"; readonly value: string }
  /** The name of a property. */
  | { readonly kind: "key"; readonly name: string }
  /** A type that some generated module declares. */
  | { readonly kind: "type"; readonly schema: NamedSchema; readonly side: Side }
  /** A type that the module of the newest version declares; `local` is free here. */
  | { readonly kind: "foreign"; readonly module: string; readonly exported: string; readonly local: string }
  /** The type of a constant that another generated module declares. */
  | { readonly kind: "typeof"; readonly module: string; readonly exported: string }
  /** The one type that the runtime module gives. */
  | { readonly kind: "runtime" };

export type Statement =
  | { readonly kind: "line"; readonly indent: number; readonly pieces: readonly Piece[] }
  /** A TSDoc block; nothing is printed for an empty one. */
  | { readonly kind: "doc"; readonly indent: number; readonly paragraphs: readonly string[] }
  | { readonly kind: "blank" };

export const text = (value: string): Piece => ({ kind: "text", value });
export const key = (name: string): Piece => ({ kind: "key", name });
export const runtimeType: Piece = { kind: "runtime" };
export const blank: Statement = { kind: "blank" };

export function line(indent: number, ...pieces: readonly Piece[]): Statement {
  return { kind: "line", indent, pieces };
}

export function doc(indent: number, ...paragraphs: readonly (string | undefined)[]): Statement {
  return {
    kind: "doc",
    indent,
    paragraphs: paragraphs.filter((part): part is string => part !== undefined && part.trim() !== ""),
  };
}
