/**
 * Runs a case against a registry, step by step.
 */
import { expect } from "@jest/globals";
import { isJsonObject } from "../../../src/kernel/json.ts";
import { deleteSubjects } from "../../support/delete-subjects.ts";
import type { RegistryCase, Step } from "./case.ts";

type Values = Map<string, unknown>;

/** Far more than any registry takes. */
const answerWithinMs = 20_000;

let count = 0;
/** Tells the names of one run from those of another on the same registry. */
const run = Date.now().toString(36);

/** Throws what jest throws over the first step that sees something else. */
export async function runCase(
  url: string,
  { steps, isGlobal }: RegistryCase,
  { cleansUp }: { readonly cleansUp: boolean },
): Promise<void> {
  count += 1;
  const prefix = `c${run}-${count}-`;
  const values: Values = new Map([
    ["p", prefix],
    ["n", `${run}_${count}`],
  ]);
  const before = isGlobal ? await readSettings(url) : null;
  const touched = new Set<string>();
  try {
    for (const step of steps) {
      const filled = fill(step, values) as Step;
      const subject = readSubject(filled);
      if (subject?.includes(prefix)) touched.add(subject);
      await runStep(url, filled, values, { hangsUp: cleansUp });
    }
  } finally {
    if (before !== null) await putBack(url, before);
    // What refers to others was registered after them.
    if (cleansUp) await deleteSubjects(url, [...touched].reverse());
  }
}

/** The subject that a step writes, as it stands in the path; null for any other step. */
function readSubject({ send: line }: Step): string | null {
  const below = /^(POST|PUT) (?:\/contexts\/([^/]+))?\/(?:subjects|config|mode)\/([^/?]+)/.exec(line);
  if (below === null) return null;
  const [, , context, subject = ""] = below;
  return context === undefined ? subject : `:${context}:${subject}`;
}

interface Settings {
  readonly level: unknown;
  readonly mode: unknown;
}

async function readSettings(url: string): Promise<Settings> {
  const { body: config } = await send(url, { send: "GET /config", code: 0 });
  const { body: mode } = await send(url, { send: "GET /mode", code: 0 });
  return {
    level: isJsonObject(config) ? config.compatibilityLevel : undefined,
    mode: isJsonObject(mode) ? mode.mode : undefined,
  };
}

/** Whatever the case did or did not do: the registry has others who use it. Throws when it does not take them. */
async function putBack(url: string, before: Settings): Promise<void> {
  const { mode, level } = before;
  await send(url, { send: "PUT /mode?force=true", code: 0, body: { mode } });
  // Deleted first: where nobody set a level, there is to be none again.
  await send(url, { send: "DELETE /config", code: 0 });
  if ((await readSettings(url)).level !== level) {
    await send(url, { send: "PUT /config", code: 0, body: { compatibility: level } });
  }
  expect(await readSettings(url)).toEqual(before);
}

interface RunStepOptions {
  /** Not our own server, so that a lost answer is its own affair. */
  readonly hangsUp: boolean;
}

async function runStep(url: string, step: Step, values: Values, { hangsUp }: RunStepOptions): Promise<void> {
  const { status, body } = await (hangsUp && step.statusOnly === true
    ? sendUntilAnswered(url, step)
    : send(url, step));
  const { code, statusOnly = false, sees, lacks = [], keeps = {} } = step;
  const what = `${step.send} -> ${JSON.stringify(body)}`;
  const errorCode = statusOnly ? code : isJsonObject(body) ? (body.error_code ?? 0) : 0;
  expect({ what, status, errorCode }).toEqual({
    what,
    status: code === 0 ? 200 : Number(String(code).slice(0, 3)),
    errorCode: code,
  });
  if (statusOnly) return;
  if (code !== 0) {
    expect(body).toEqual({
      error_code: code,
      message: typeof sees === "string" ? expect.stringContaining(sees) : expect.stringMatching(/./),
    });
    return;
  }
  if (sees !== undefined) check(body, toExpected(sees));
  for (const field of lacks) expect(body).not.toHaveProperty(field);
  for (const [key, field] of Object.entries(keeps)) {
    const kept = isJsonObject(body) ? body[field] : undefined;
    expect({ field, kept }).toEqual({ field, kept: expect.anything() });
    values.set(key, kept);
  }
}

function check(body: unknown, expected: unknown): void {
  if (isJsonObject(expected) && !("asymmetricMatch" in expected)) expect(body).toMatchObject(expected);
  else if (Array.isArray(expected)) expect({ body }).toMatchObject({ body: expected });
  else expect(body).toEqual(expected);
}

/**
 * For a request that is turned away at the door, so that asking again changes nothing: Apicurio hangs up without an
 * answer on one in several thousand of those, on fresh connections, too.
 */
async function sendUntilAnswered(url: string, step: Step, tries = 5): ReturnType<typeof send> {
  try {
    return await send(url, step);
  } catch (error) {
    if (tries === 1 || !(error instanceof TypeError)) throw error;
    return sendUntilAnswered(url, step, tries - 1);
  }
}

async function send(url: string, { send: line, body, text, headers }: Step) {
  const [method = "GET", path = "/"] = line.split(" ", 2);
  const response = await fetch(url + path, {
    method,
    // A connection each: Apicurio now and then leaves a request unanswered on one where it refused another before.
    headers: { Connection: "close", "Content-Type": "application/vnd.schemaregistry.v1+json", ...headers },
    signal: AbortSignal.timeout(answerWithinMs),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(text !== undefined && { body: text }),
  });
  const answer = await response.text();
  try {
    return { status: response.status, body: JSON.parse(answer) as unknown };
  } catch {
    return { status: response.status, body: answer };
  }
}

/** `{contains: x}`: a list with the item x, or text with x in it. */
function toExpected(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toExpectedItem);
  if (!isJsonObject(value)) return value;
  if ("contains" in value) return expect.arrayContaining([value.contains]);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      Array.isArray(item) ? item.map(toExpectedItem) : toExpectedItem(item),
    ]),
  );
}

function toExpectedItem(value: unknown): unknown {
  if (!isJsonObject(value) || typeof value.contains !== "string") return value;
  return expect.stringContaining(value.contains);
}

function fill(value: unknown, values: Values): unknown {
  if (typeof value === "string") {
    const whole = /^\$([a-z]+)$/.exec(value)?.[1];
    if (whole !== undefined) return lookUp(whole, values);
    return value.replaceAll(/\$([a-z]+)/g, (_match, key: string) => String(lookUp(key, values)));
  }
  if (Array.isArray(value)) return value.map((item: unknown) => fill(item, values));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, values)]));
}

function lookUp(key: string, values: Values): unknown {
  if (!values.has(key)) throw new Error(`the case uses $${key} and no step before kept it`);
  return values.get(key);
}
