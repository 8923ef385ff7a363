/**
 * What the tests of the registry emulator share: one call, some schemas, a registry that has them.
 */
import { expect } from "@jest/globals";
import { startRegistryEmulator } from "../start.ts";

export const mediaType = "application/vnd.schemaregistry.v1+json";

export interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly body: unknown;
}

export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = { "Content-Type": mediaType },
): Promise<Answered> {
  const response = await fetch(url + path, {
    method,
    headers,
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get("content-type"), body: JSON.parse(text) };
}

export const record = (name: string, fields: readonly unknown[], extra: object = {}) =>
  JSON.stringify({ type: "record", name, ...extra, fields });
export const v1 = record("R", [{ name: "a", type: "int" }]);
export const v2 = record("R", [
  { name: "a", type: "int" },
  { name: "b", type: "string", default: "" },
]);
export const breaking = record("R", [{ name: "a", type: "string" }]);

export async function startWith(...schemas: readonly string[]) {
  const emulator = await startRegistryEmulator();
  for (const schema of schemas) {
    const { status } = await call(emulator.url, "POST", "/subjects/s/versions", { schema });
    expect(status).toBe(200);
  }
  return emulator;
}
