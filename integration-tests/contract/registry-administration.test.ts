/**
 * What those who look after a registry ask of it through Birdwire, and what they must get.
 */
import { expect } from "@jest/globals";
import { parseSchemaVersion, parseSubjectName, type SubjectName } from "../../src/kernel/brand.ts";
import {
  createRegistryAdministration,
  type RegistryAdministration,
  type SentSchema,
} from "../../src/registry/administration.ts";
import { createRegistryClient } from "../../src/registry/client.ts";
import { describeRegistry } from "../support/registry-targets.ts";

const one = parseSchemaVersion(1);
/** No two subjects have the same. */
const schemaOf = (subject: string, ...fields: readonly unknown[]): SentSchema => ({
  text: JSON.stringify({ type: "record", name: "R", namespace: "n", doc: subject, fields }),
  references: [],
});

/** For names that the suite does not know. */
function goneAfter(registry: RegistryAdministration, subject: SubjectName): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      await registry.deleteSubject(subject);
      await registry.deleteSubject(subject, { isPermanent: true });
      expect(await registry.versions(subject)).toEqual([]);
    },
  };
}

describeRegistry("an administrator and the registry", ({ test, url, freshSubject }) => {
  const open = () => createRegistryAdministration({ url: url() });

  test("a subject's name may hold slashes, blanks and more", async () => {
    const registry = open();
    const subject = parseSubjectName(`${freshSubject()}/a b?c%d`);
    await using _gone = goneAfter(registry, subject);
    const schema = schemaOf(subject);
    const id = await registry.file(subject, schema);
    expect(await createRegistryClient({ url: url() }).register(subject, schema.text)).toEqual({ id });
    expect(await registry.find(subject, schema)).toEqual({ id, version: 1 });
    expect(await registry.subjects(subject)).toEqual([subject]);
    await registry.setLevel(subject, "FULL");
    expect(await registry.ownLevel(subject)).toBe("FULL");
  });

  test("a version is deleted softly and stays readable, then for good", async () => {
    const registry = open();
    const subject = freshSubject();
    await registry.file(subject, schemaOf(subject));
    await registry.file(subject, schemaOf(subject, { name: "a", type: "int", default: 0 }));
    expect(await registry.deleteVersion(subject, one)).toBe(1);
    expect(await registry.versions(subject)).toEqual([2]);
    expect(await registry.version(subject, one)).toMatchObject({ version: 1 });
    expect(await registry.deleteVersion(subject, one, { isPermanent: true })).toBe(1);
    expect(await registry.version(subject, one)).toBeNull();
  });

  test("what is referred to is filed first, told by whom, and not deleted", async () => {
    const registry = open();
    const [inner, outer] = [freshSubject(), freshSubject()];
    const text = JSON.stringify({ type: "enum", name: "E", namespace: "n", doc: inner, symbols: ["A"] });
    await registry.file(inner, { text, references: [] });
    const references = [{ name: "n.E", subject: inner, version: one }];
    const schema = { ...schemaOf(outer, { name: "e", type: "E" }), references };
    const id = await registry.file(outer, schema);
    expect(await registry.find(outer, schema)).toEqual({ id, version: 1 });
    expect(await registry.version(outer, one)).toMatchObject({ id, references });
    expect(await registry.referencedBy(inner, one)).toEqual([id]);
    await expect(registry.deleteVersion(inner, one)).rejects.toMatchObject({
      code: "registry-refused",
      details: { errorCode: 42206 },
    });
  });

  test("normalizing leaves a schema under its id", async () => {
    const registry = open();
    const subject = freshSubject();
    const schema = schemaOf(subject, { name: "a", type: { type: "string" } });
    const id = await registry.file(subject, { ...schema, normalize: true });
    expect(await registry.file(subject, { ...schema, normalize: true })).toBe(id);
    expect(await registry.find(subject, { ...schema, normalize: true })).toEqual({ id, version: 1 });
  });

  test("a level of one's own is taken back once", async () => {
    const registry = open();
    const subject = freshSubject();
    await registry.file(subject, schemaOf(subject));
    await registry.setLevel(subject, "FULL");
    expect(await registry.deleteLevel(subject)).toBe(true);
    expect(await registry.deleteLevel(subject)).toBe(false);
  });

  test("a mode of one's own is put and read", async () => {
    const registry = open();
    const subject = freshSubject();
    await registry.file(subject, schemaOf(subject));
    expect(await registry.modeOfAll()).toBe("READWRITE");
    await registry.setMode(subject, "READONLY");
    expect(await registry.ownMode(subject)).toBe("READONLY");
    await registry.setMode(subject, "READWRITE");
    expect(await registry.ownMode(subject)).toBe("READWRITE");
  });

  test("a subject without a mode of its own has none", async () => {
    const registry = open();
    const subject = freshSubject();
    await registry.file(subject, schemaOf(subject));
    expect(await registry.ownMode(subject)).toBeNull();
  });

  test("what is read-only takes no schema, which is told as a right that is missing", async () => {
    const registry = open();
    const subject = freshSubject();
    await registry.setMode(subject, "READONLY");
    await expect(registry.file(subject, schemaOf(subject))).rejects.toMatchObject({
      code: "registry-forbidden",
      details: { errorCode: 42205 },
    });
    await registry.setMode(subject, "READWRITE");
  });

  test("metadata make a version of their own", async () => {
    const registry = open();
    const subject = freshSubject();
    const schema = schemaOf(subject);
    await registry.file(subject, schema);
    await registry.file(subject, { ...schema, metadata: { properties: { owner: "birds" } } });
    expect(await registry.versions(subject)).toEqual([1, 2]);
  });

  test("a subject may name its context", async () => {
    const registry = open();
    const name = freshSubject();
    const subject = parseSubjectName(`:.birdwire:${name}`);
    await using _gone = goneAfter(registry, subject);
    await registry.file(subject, schemaOf(subject));
    expect(await registry.subjects(subject)).toEqual([subject]);
    expect(await registry.versions(subject)).toEqual([1]);
    expect(await registry.versions(name)).toEqual([]);
    expect(await registry.contexts()).toContain(".birdwire");
  });
});
