import { describe, expect, test } from "@jest/globals";
import { parseSchemaId, parseSubjectName } from "../kernel/brand.ts";
import { RegistryError } from "../registry/error.ts";
import { judgeWriter } from "./judge-writer.ts";
import { createFakeRegistry } from "./testing/fake-registry.ts";
import { birdV1, birdV2, otherBird } from "./testing/schemas.ts";

const subject = parseSubjectName("birds-value");
const other = parseSubjectName("others-value");
const reader = { subject, schema: birdV2 };

describe("judgeWriter", () => {
  test("tells where a schema is filed and whether the reader reads it", async () => {
    const registry = createFakeRegistry();
    const good = registry.add(birdV1.json, subject);
    const bad = registry.add(otherBird.json, other);
    expect(await judgeWriter(registry, good, reader)).toMatchObject({
      id: good,
      subject,
      version: 1,
      reading: { kind: "readable" },
    });
    expect(await judgeWriter(registry, bad, reader)).toMatchObject({
      subject: other,
      version: 1,
      reading: { kind: "unreadable", findings: expect.arrayContaining([expect.anything()]) },
    });
  });

  test("tells the record type of a writer only where it is another one", async () => {
    const registry = createFakeRegistry();
    const misfit = JSON.stringify({ ...JSON.parse(birdV1.json), fields: [{ name: "id", type: "boolean" }] });
    const typeOf = async (text: string) =>
      (await judgeWriter(registry, registry.add(text, subject), reading)).otherType;
    const reading = { subject, schema: { ...birdV2, json: birdV2.json } };
    expect(await typeOf(birdV1.json)).toBeNull();
    expect(await typeOf(misfit)).toBeNull();
    expect(await typeOf('{"type":"record","name":"fish.Cod","fields":[]}')).toBe("fish.Cod");
    expect(await typeOf('"string"')).toBeNull();
  });

  test("an id that the registry does not know has neither place nor reading", async () => {
    const id = parseSchemaId(99);
    expect(await judgeWriter(createFakeRegistry(), id, reader)).toEqual({
      id,
      subject: null,
      version: null,
      otherType: null,
      reading: null,
    });
  });

  test("a registry that cannot tell versions still has the schema, and one that is down has nothing", async () => {
    const registry = createFakeRegistry();
    const id = registry.add(birdV1.json, subject);
    const deaf = {
      ...registry,
      versionsOfId: () => Promise.reject(new RegistryError("registry-failed", "no")),
    };
    expect(await judgeWriter(deaf, id, reader)).toMatchObject({
      subject: null,
      version: null,
      reading: { kind: "readable" },
    });
    registry.down = true;
    await expect(judgeWriter(registry, id, reader)).rejects.toMatchObject({ code: "registry-unreachable" });
  });
});
