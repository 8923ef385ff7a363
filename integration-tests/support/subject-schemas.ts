/**
 * Schemas of one subject alone: equal ones of two subjects would share an id.
 */
import type { SubjectName } from "../../src/kernel/brand.ts";

export interface SubjectSchemas {
  /** The short name of the record. */
  readonly name: string;
  /** A record with the int `a`. */
  readonly v1: string;
  /** `a` and the string `b`, "" by default: goes with v1 in both directions. */
  readonly v2: string;
  /** `a` is a string: goes with neither. */
  readonly breaking: string;
  /** An enum of A and B, with its full name. */
  readonly inner: { readonly name: string; readonly text: string };
  /** A record whose `e` is of the type of that full name. */
  readonly outer: (innerName: string) => string;
}

export function schemasOf(subject: SubjectName): SubjectSchemas {
  const own = subject.replaceAll(/[^A-Za-z0-9]/g, "_");
  const record = (...fields: readonly unknown[]) =>
    JSON.stringify({ type: "record", name: `R${own}`, namespace: "n", fields });
  const a = { name: "a", type: "int" };
  return {
    name: `R${own}`,
    v1: record(a),
    v2: record(a, { name: "b", type: "string", default: "" }),
    breaking: record({ name: "a", type: "string" }),
    inner: {
      name: `n.E${own}`,
      text: JSON.stringify({ type: "enum", name: `E${own}`, namespace: "n", symbols: ["A", "B"] }),
    },
    outer: (innerName) =>
      JSON.stringify({
        type: "record",
        name: `O${own}`,
        namespace: "n",
        fields: [{ name: "e", type: innerName }],
      }),
  };
}

/** Of a subject that is called for its topic's values. */
export const topicOf = (subject: SubjectName): string => subject.replace(/-value$/, "");
