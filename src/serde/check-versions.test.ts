import { describe, expect, test } from "@jest/globals";
import { createCodec } from "../avro/codec.ts";
import { parseSubjectName } from "../kernel/brand.ts";
import { encodeFrame } from "../wire/frame.ts";
import { checkVersions, refuseUnreadable } from "./check-versions.ts";
import { createDecoder } from "./decoder.ts";
import { createFakeRegistry } from "./testing/fake-registry.ts";
import { birdV1, birdV2, otherBird } from "./testing/schemas.ts";

const subject = parseSubjectName("birds-value");

describe("checkVersions", () => {
  test("tells of each version whether it can be read, with every finding of the one that cannot", async () => {
    const registry = createFakeRegistry();
    registry.add('"another subject\'s"');
    for (const schema of [birdV1, otherBird, birdV2]) registry.add(schema.json, subject);
    registry.add({ schemaType: "PROTOBUF", schemaText: "message Bird {}", references: [] }, subject);
    const checked = await checkVersions(registry, subject, birdV1);
    expect(checked.map(({ version, id, reading }) => [version, id, reading?.kind])).toEqual([
      [1, 2, "readable"],
      [2, 3, "unreadable"],
      [3, 4, "readable"],
      [4, 5, "unreadable"],
    ]);
    expect(checked[1]?.reading).toMatchObject({
      code: "incompatible",
      findings: expect.arrayContaining([
        expect.objectContaining({ rule: "TYPE_MISMATCH", readerPath: "/fields/0/type" }),
        expect.objectContaining({ rule: "READER_FIELD_MISSING_DEFAULT_VALUE", readerPath: "/fields/1" }),
      ]),
    });
    expect(checked[3]?.reading).toMatchObject({ code: "not-avro", findings: [] });
    expect(refuseUnreadable(subject, birdV1, checked)).toMatchObject({
      code: "unreadable-versions",
      message: "2 of 4 versions of subject birds-value (2, 4) cannot be read as test.Bird version 1",
    });
  });

  test("keeps what was made of the newest alone, and every reason of those that cannot be read", async () => {
    const registry = createFakeRegistry();
    const known = [otherBird, birdV1, birdV2].map((schema) => registry.add(schema.json, subject));
    const checked = await checkVersions(registry, subject, birdV1, { maxKept: 1 });
    expect(checked.map(({ reading }) => reading?.kind)).toEqual(["unreadable", undefined, "readable"]);
    expect(refuseUnreadable(subject, birdV1, checked)?.details).toMatchObject({
      versions: [{ version: 1, findings: expect.arrayContaining([expect.anything()]) }],
    });
    const told: unknown[] = [];
    const decoder = createDecoder(registry, birdV1, { checked, onNewWriter: (writer) => told.push(writer) });
    const payload = createCodec(birdV1.json).encode({ id: 1, name: "wren" });
    const [, second] = known;
    if (second === undefined) throw new Error("three were added");
    expect(await decoder.decode(encodeFrame(second, payload), {})).toMatchObject({ kind: "record" });
    expect(told).toEqual([]);
  });

  test("a subject without versions has nothing that cannot be read", async () => {
    const checked = await checkVersions(createFakeRegistry(), subject, birdV1);
    expect(checked).toEqual([]);
    expect(refuseUnreadable(subject, birdV1, checked)).toBeNull();
  });

  test("what was checked is decoded without the registry", async () => {
    const registry = createFakeRegistry();
    const id = registry.add(birdV2.json, subject);
    const checked = await checkVersions(registry, subject, birdV1);
    const decoder = createDecoder(registry, birdV1, { subject, checked });
    registry.down = true;
    const payload = createCodec(birdV2.json).encode({ id: 1, name: "wren", song: "tsip" });
    expect(decoder.decode(encodeFrame(id, payload), {})).toMatchObject({
      kind: "record",
      value: { id: 1, name: "wren" },
      writer: { id, version: 1 },
    });
  });
});
