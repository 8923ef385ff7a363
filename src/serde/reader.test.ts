import { describe, expect, test } from "@jest/globals";
import { parseSchemaVersion, parseSubjectName } from "../kernel/brand.ts";
import { fetchReader, parseReader } from "./reader.ts";
import { createFakeRegistry } from "./testing/fake-registry.ts";
import { birdV1, birdV2 } from "./testing/schemas.ts";

const subject = parseSubjectName("birds-value");
const versionOne = parseSchemaVersion(1);

describe("fetchReader", () => {
  test("takes the latest version, or the one of a number", async () => {
    const registry = createFakeRegistry();
    registry.add(birdV1.json, subject);
    registry.add(birdV2.json, subject);
    expect(await fetchReader(registry, subject, "latest")).toMatchObject({
      name: "test.Bird",
      version: 2,
      fingerprint: birdV2.fingerprint,
    });
    expect(await fetchReader(registry, subject, versionOne)).toMatchObject({
      version: 1,
      fingerprint: birdV1.fingerprint,
    });
  });

  test("writes references out", async () => {
    const registry = createFakeRegistry();
    const wing = { type: "record", name: "Wing", namespace: "n", fields: [{ name: "span", type: "int" }] };
    const bird = { type: "record", name: "Bird", namespace: "n", fields: [{ name: "wing", type: "n.Wing" }] };
    const reference = { name: "n.Wing", subject: parseSubjectName("wing"), version: versionOne };
    const references = [{ ...reference, schemaText: JSON.stringify(wing) }];
    registry.add({ schemaType: "AVRO", schemaText: JSON.stringify(bird), references }, subject);
    const { json } = await fetchReader(registry, subject, "latest");
    expect(parseReader(json).name).toBe("n.Bird");
    expect(json).toContain('"span"');
  });

  test.each<[string, Parameters<ReturnType<typeof createFakeRegistry>["add"]>[0] | null, RegExp]>([
    ["no version", null, /latest version of subject birds-value .*the registry has none/],
    ["a JSON schema", { schemaType: "JSON", schemaText: "{}", references: [] }, /schema 1 is of type JSON/],
    ["an unusable schema", '{"type":"nope"}', /schema 1 is no usable Avro schema/],
  ])("refuses %s", async (_what, schema, message) => {
    const registry = createFakeRegistry();
    if (schema !== null) registry.add(schema, subject);
    await expect(fetchReader(registry, subject, "latest")).rejects.toMatchObject({
      code: "no-reader",
      message: expect.stringMatching(message),
    });
  });
});
