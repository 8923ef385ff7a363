/**
 * A case of the registry contract: what a client sends over HTTP and what it sees, as data that says nothing of who
 * answers. In every string `$p` is a name of the case's own (a subject or the start of one), `$n` the same as an Avro
 * name, and `$KEY` what an earlier step kept; a string that is `$KEY` alone becomes the value itself.
 */
import type { ErrorCode } from "../../../src/emulators/registry/refusal.ts";

export interface Step {
  /** Method and path with query. */
  readonly send: string;
  readonly body?: unknown;
  /** Instead of `body`: text that need not be JSON. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** 0: it succeeds with 200. */
  readonly code: ErrorCode | 0;
  /** Of a refusal the status alone is to be seen: bodies and finer codes differ between registries. */
  readonly statusOnly?: true;
  /** Fields of the answer, or all of it where it is no object; in a refusal a part of the message. */
  readonly sees?: unknown;
  /** Fields that the answer must not have. */
  readonly lacks?: readonly string[];
  /** Fields of the answer under the names by which later steps call them. */
  readonly keeps?: Readonly<Record<string, string>>;
}

export interface RegistryCase {
  /** A sentence about behaviour; unique, since differences of targets name it. */
  readonly title: string;
  readonly steps: readonly Step[];
  /** It changes settings of the whole registry, which are put back after it. */
  readonly isGlobal: boolean;
}

type Details = Omit<Step, "send" | "code">;

export function ok(send: string, sees?: unknown, details: Details = {}): Step {
  return { send, code: 0, ...(sees !== undefined && { sees }), ...details };
}

/** The status is the code's first three digits. */
export function refused(code: ErrorCode, send: string, details: Details = {}): Step {
  return { send, code, ...details };
}

/** A refusal of which the status alone is to be seen. */
export function turnedAway(code: ErrorCode, send: string, details: Details = {}): Step {
  return { ...refused(code, send, details), statusOnly: true };
}

/**
 * Registers a schema. Every registry answers its id; whatever else is to be seen of the version (its number) is looked
 * up afterwards.
 */
export function register(
  subject: string,
  schema: string,
  sees: Readonly<Record<string, unknown>> = {},
  details: Details = {},
): readonly Step[] {
  const { id, guid, ...rest } = sees;
  const answered = { ...(id !== undefined && { id }), ...(guid !== undefined && { guid }) };
  const body = details.body ?? { schema };
  const looksUp = Object.keys(rest).length > 0;
  return [
    ok(`POST /subjects/${subject}/versions`, answered, { ...details, body }),
    ...(looksUp ? [ok(`POST /subjects/${subject}`, rest, { body })] : []),
  ];
}

export function contractCase(title: string, ...groups: readonly (Step | readonly Step[])[]): RegistryCase {
  const steps = groups.flat();
  return {
    title,
    steps,
    isGlobal: steps.some(({ send }) => /^(PUT|DELETE) \/(config|mode)(\?|$)/.test(send)),
  };
}

export const record = (fields: readonly unknown[], name = "R$n", extra: object = {}): string =>
  JSON.stringify({ type: "record", name, ...extra, fields });
/** Sets the level of the case's subject: registries begin with different ones. */
export const withLevel = (level: string): Step =>
  ok("PUT /config/$p", { compatibility: level }, { body: { compatibility: level } });

const a = { name: "a", type: "int" };
export const v1 = record([a]);
/** Goes with v1 in both directions. */
export const v2 = record([a, { name: "b", type: "string", default: "" }]);
export const v3 = record([a, { name: "c", type: "string", default: "" }]);
/** Does not go with any of them. */
export const breaking = record([{ name: "a", type: "string" }]);
