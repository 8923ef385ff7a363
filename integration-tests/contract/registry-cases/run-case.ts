/**
 * Runs a case against a registry, step by step.
 */
import { expect } from "@jest/globals";
import { isJsonObject } from "../../../src/kernel/json.ts";
import type { RegistryCase, Step } from "./case.ts";

type Values = Map<string, unknown>;

let count = 0;
/** Tells the names of one run from those of another on the same registry. */
const run = Date.now().toString(36);

/** Throws what jest throws over the first step that sees something else. */
export async function runCase(url: string, { steps, isGlobal }: RegistryCase): Promise<void> {
  count += 1;
  const values: Values = new Map([
    ["p", `c${run}-${count}-`],
    ["n", `${run}_${count}`],
  ]);
  try {
    for (const step of steps) await runStep(url, step, values);
  } finally {
    if (isGlobal) {
      await send(url, { send: "PUT /mode?force=true", code: 0, body: { mode: "READWRITE" } });
      await send(url, { send: "DELETE /mode", code: 0 });
      await send(url, { send: "DELETE /config", code: 0 });
    }
  }
}

async function runStep(url: string, step: Step, values: Values): Promise<void> {
  const filled = fill(step, values) as Step;
  const { status, body } = await send(url, filled);
  const { code, sees, lacks = [], keeps = {} } = filled;
  const what = `${filled.send} -> ${JSON.stringify(body)}`;
  const errorCode = isJsonObject(body) ? (body.error_code ?? 0) : 0;
  expect({ what, status, errorCode }).toEqual({
    what,
    status: code === 0 ? 200 : Number(String(code).slice(0, 3)),
    errorCode: code,
  });
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

async function send(url: string, { send: line, body, text, headers }: Step) {
  const [method = "GET", path = "/"] = line.split(" ", 2);
  const response = await fetch(url + path, {
    method,
    headers: { "Content-Type": "application/vnd.schemaregistry.v1+json", ...headers },
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
