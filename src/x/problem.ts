/**
 * X's problem objects, whether they are the body of a refused request or a line in the stream.
 * Spec: X API v2 "problem" schemas (RFC 7807); the type's host differs between documents and life, so only its
 * last segment counts.
 */
import { isJsonObject, type JsonObject } from "../kernel/json.ts";

export interface Problem {
  readonly title: string;
  readonly detail: string;
  /** Last segment of the type URI: `operational-disconnect`, `usage-capped`, `streaming-connection`, ... */
  readonly type: string;
  readonly connectionIssue: string;
  readonly disconnectType: string;
  /** The HTTP status that it names; 0 when it names none. */
  readonly status: number;
}

/** Reads what there is; absent fields are empty text. Texts are cut and free of control characters. */
export function readProblem(body: unknown): Problem {
  const problem = isJsonObject(body) ? body : {};
  // A stream notice and a few refusals wrap the problem in `errors`.
  const first: unknown = Array.isArray(problem.errors) ? problem.errors[0] : undefined;
  const inner = isJsonObject(first) ? first : {};
  const field = (name: string) => printable(problem[name] ?? inner[name]);
  const status = problem.status ?? inner.status;
  return {
    title: field("title"),
    // An invalid request's detail says only that there is one; what is wrong is in the first error's message.
    detail: [field("detail"), field("message")].filter((text) => text !== "").join(" "),
    type: field("type").split(/[/#]/).at(-1) ?? "",
    connectionIssue: field("connection_issue"),
    disconnectType: field("disconnect_type"),
    status: typeof status === "number" && Number.isInteger(status) ? status : 0,
  };
}

/** `title: detail`, or what there is of it; empty when there is neither. */
export function describeProblem({ title, detail, connectionIssue, disconnectType }: Problem): string {
  const kind = [title, connectionIssue || disconnectType].filter((text) => text !== "").join(" ");
  return [kind, detail].filter((text) => text !== "" && text !== title).join(": ") || kind;
}

/**
 * The problem in a stream message that carries no post: `{errors: [...]}`, or a bare problem object. Null for
 * anything else: posts (with `errors` or without), and kinds of message that nobody knows yet.
 */
export function readNotice(payload: unknown): Problem | null {
  if (!isJsonObject(payload) || isJsonObject(payload.data)) return null;
  return Array.isArray(payload.errors) || isBareProblem(payload) ? readProblem(payload) : null;
}

function isBareProblem(payload: JsonObject): boolean {
  return (
    typeof payload.title === "string" &&
    ["type", "detail", "status", "connection_issue"].some((name) => payload[name] !== undefined)
  );
}

function printable(value: unknown): string {
  if (typeof value !== "string") return "";
  const text = value.replace(/\p{C}+/gu, " ").trim();
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
