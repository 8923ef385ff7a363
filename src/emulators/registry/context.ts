/**
 * Contexts: a subject `:.ctx:name` lives in context `.ctx`, where schemas have ids of their own; a plain subject lives
 * in `.`, the default one. `/contexts/.ctx/PATH` is PATH with each subject in that context (Confluent "Schema Registry
 * API Reference", Contexts).
 */
import { refuse } from "./refusal.ts";

export const defaultContext = ".";
const anyContext = ":*:";

export interface QualifiedSubject {
  /** Starts with a dot. */
  readonly context: string;
  /** Empty for the context itself. */
  readonly name: string;
}

export function parseQualifiedSubject(subject: string): QualifiedSubject {
  if (!subject.startsWith(":.")) return { context: defaultContext, name: subject };
  const end = subject.indexOf(":", 2);
  if (end < 0) return { context: subject.slice(1), name: "" };
  return { context: subject.slice(1, end), name: subject.slice(end + 1) };
}

/** The one spelling of a subject: the default context goes unsaid. */
export function qualify({ context, name }: QualifiedSubject): string {
  return context === defaultContext ? name : `:${context}:${name}`;
}

export function contextOf(subject: string): string {
  return parseQualifiedSubject(subject).context;
}

/** A subject as another one names it: in the same context unless it says otherwise. */
export function qualifyBeside(neighbour: string, subject: string): string {
  const { context, name } = parseQualifiedSubject(subject);
  return qualify(context === defaultContext ? { context: contextOf(neighbour), name } : { context, name });
}

/** `:.ctx:p` is subjects of that context that start with `p`, `:*:p` those of any context. */
export function matchesPrefix(prefix: string, subject: string): boolean {
  const { context, name } = parseQualifiedSubject(subject);
  if (prefix.startsWith(anyContext)) return name.startsWith(prefix.slice(anyContext.length));
  const wanted = parseQualifiedSubject(prefix);
  return context === wanted.context && name.startsWith(wanted.name);
}

/** The default context first, then by name; inside a context by name. */
export function compareSubjects(a: string, b: string): number {
  const [one, other] = [parseQualifiedSubject(a), parseQualifiedSubject(b)];
  return compareTexts(one.context, other.context) || compareTexts(one.name, other.name);
}

export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export interface Target {
  /** Percent-encoded, as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What a request below `/contexts/.ctx/` asks for, said without it; any other as it is. Throws Refusal 400. */
export function resolveContextPath({ path, query }: Target): Target {
  const [, root, encoded = "", ...rest] = path.split("/");
  if (root !== "contexts" || encoded === "") return { path, query };
  const prefix = contextPrefix(encoded);
  const segments = rest.filter((segment, index) => segment !== "" || index < rest.length - 1);
  // The context itself: a path that no route has.
  if (segments.length === 0) return { path, query };
  const [first] = segments;
  const hasSettings = first === "config" || first === "mode";
  const qualified = segments.map((segment, index) => {
    const previous = segments[index - 1];
    const isSubject = previous === "subjects" || (index === 1 && hasSettings);
    return isSubject && !isQualified(segment) ? encodeURIComponent(prefix) + segment : segment;
  });
  if (hasSettings && segments.length === 1 && prefix !== "") qualified.push(encodeURIComponent(prefix));
  return { path: `/${qualified.join("/")}`, query: qualifyQuery(segments, prefix, query) };
}

function qualifyQuery(segments: readonly string[], prefix: string, query: URLSearchParams): URLSearchParams {
  const name = queryParameterOf(segments);
  const value = name === null ? "" : (query.get(name) ?? "");
  if (name === null || isQualified(value)) return query;
  const qualified = new URLSearchParams(query);
  qualified.set(name, prefix + value);
  return qualified;
}

/** The query parameter that says the context where no path segment does. */
function queryParameterOf([first, second, third]: readonly string[]): "subject" | "subjectPrefix" | null {
  if (first === "schemas" && second === "ids" && third !== undefined) return "subject";
  return (first === "schemas" || first === "subjects") && second === undefined ? "subjectPrefix" : null;
}

function isQualified(encoded: string): boolean {
  const text = decode(encoded);
  return text.startsWith(":.") || text.startsWith(anyContext);
}

/** `:.ctx:` for `.ctx`, `ctx` and `:.ctx:`; empty for the default context. */
function contextPrefix(encoded: string): string {
  const bare = decode(encoded).replace(/^:/, "").replace(/:$/, "");
  if (bare.includes(":")) throw refuse.badRequest("Context name cannot contain a colon");
  return qualify({ context: bare.startsWith(".") ? bare : `.${bare}`, name: "" });
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
