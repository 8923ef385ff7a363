import { describe, expect, test } from "@jest/globals";
import type { TypedSchema } from "../avro/typed-schema.ts";
import { parseSchemaId, parseSchemaVersion, parseSubjectName } from "../kernel/brand.ts";
import { registerEarlierVersions } from "./register-versions.ts";

const versions = ["one", "two", "three"].map(
  (json, index): TypedSchema<unknown> => ({ name: null, version: index + 1, fingerprint: "", json }),
);
const subject = parseSubjectName("s");

async function register(version: number, there: readonly string[]) {
  const registered: unknown[] = [];
  const registry = {
    async register(_: unknown, text: string, options?: { readonly level?: string | undefined }) {
      registered.push([text, options?.level]);
      return { id: parseSchemaId(1) };
    },
    lookUp: async (_: unknown, text: string) =>
      there.includes(text) ? { id: parseSchemaId(1), version: parseSchemaVersion(1) } : null,
  };
  const schema = versions[version - 1];
  if (schema === undefined) throw new Error(`no version ${version}`);
  await registerEarlierVersions(registry, subject, { versions, schema, level: "FULL" });
  return registered;
}

describe("the versions before the one that is written", () => {
  test("are registered oldest first, at the subject's level", async () => {
    expect(await register(3, [])).toEqual([
      ["one", "FULL"],
      ["two", "FULL"],
    ]);
    expect(await register(2, ["one"])).toEqual([["one", "FULL"]]);
    expect(await register(1, [])).toEqual([]);
  });

  test("are left alone where the one that is written is there", async () => {
    expect(await register(3, ["three"])).toEqual([]);
  });
});
