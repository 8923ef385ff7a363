import { describe, expect, test } from "@jest/globals";
import { parseSchemaId, parseSchemaVersion, type SchemaVersion } from "../kernel/brand.ts";
import { RegistryError } from "../registry/error.ts";
import { type ApplyEvent, applyPlan, type RegistryWriter } from "./apply.ts";
import { openChangeset } from "./model.ts";
import { createPlan, type PlanOptions } from "./plan.ts";
import { type RegistryReader, readRegistryState } from "./registry-state.ts";
import { files, record } from "./testing/folders.ts";

/** Holds what it is given, notes what is asked, answers late and in turn. */
function createFake(refuses: (asked: string) => boolean = () => false) {
  const asked: string[] = [];
  const levels = new Map<string, string>();
  const filed = new Map<
    string,
    { text: string; references: readonly { subject: string; version: number }[] }[]
  >();
  let running = 0;
  let most = 0;
  const answer = async <Value>(what: string, value: () => Value): Promise<Value> => {
    asked.push(what);
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (refuses(what)) throw new RegistryError("registry-forbidden", what);
    return value();
  };
  const find = (subject: string, text: string): SchemaVersion | null => {
    const index = (filed.get(subject) ?? []).findIndex((one) => one.text === text);
    return index === -1 ? null : parseSchemaVersion(index + 1);
  };
  const registry: RegistryReader & RegistryWriter = {
    url: "http://fake",
    levelOfAll: () => answer("level of all", () => "BACKWARD"),
    ownLevel: (subject) => answer(`level of ${subject}`, () => levels.get(subject) ?? null),
    setLevel: (subject, level) => answer(`set ${subject} ${level}`, () => void levels.set(subject, level)),
    versions: (subject) =>
      answer(`versions ${subject}`, () =>
        (filed.get(subject) ?? []).map((_, index) => parseSchemaVersion(index + 1)),
      ),
    version: (subject, version) =>
      answer(`version ${subject} ${version}`, () => {
        const one = filed.get(subject)?.[version - 1];
        if (one === undefined) return null;
        return {
          id: parseSchemaId(version),
          version,
          schemaType: "AVRO",
          schemaText: one.text,
          references: one.references as never,
        };
      }),
    find: (subject, { text }) =>
      answer(`find ${subject}`, () => {
        const version = find(subject, text);
        return version === null ? null : { id: parseSchemaId(version), version };
      }),
    file: (subject, { text, references }) =>
      answer(`file ${subject} ${(JSON.parse(text) as { fields: unknown[] }).fields.length}`, () => {
        const known = filed.get(subject) ?? [];
        filed.set(subject, [...known, { text, references }]);
        return parseSchemaId(known.length + 1);
      }),
    deleteSubject: (subject) => answer(`delete ${subject}`, () => [parseSchemaVersion(1)]),
  };
  return { registry, asked, filed, most: () => most };
}

const f = (name: string, type: unknown = "int") => ({ name, type, default: type === "int" ? 0 : undefined });

async function apply(
  folder: ReturnType<typeof files>,
  fake: ReturnType<typeof createFake>,
  options: PlanOptions & { readonly parallel?: number } = {},
) {
  const changeset = openChangeset(folder, "s");
  const names = changeset.subjects.map(({ subject }) => subject) as never[];
  const state = await readRegistryState(fake.registry, names, options);
  fake.asked.length = 0;
  const events: ApplyEvent[] = [];
  await applyPlan(createPlan(changeset, state, options), fake.registry, {
    ...options,
    onEvent: (event) => events.push(event),
  });
  return events;
}

describe("applying", () => {
  test("sets every level before it files a schema, and versions in their order", async () => {
    const fake = createFake();
    const folder = files({
      a: { versions: [record("A"), record("A", f("x")), record("A", f("x"), f("y"))] },
      b: { versions: [record("B")] },
    });
    const events = await apply(folder, fake);
    const writes = fake.asked.filter((what) => /^(?:set|file)/.test(what));
    expect(writes.slice(0, 2).sort()).toEqual(["set a-value FULL", "set b-value FULL"]);
    expect(writes.filter((what) => what.startsWith("file a"))).toEqual([
      "file a-value 0",
      "file a-value 1",
      "file a-value 2",
    ]);
    expect(events.filter(({ kind }) => kind === "registered")).toHaveLength(4);
    await apply(folder, fake);
    expect(fake.asked).toEqual([]);
  });

  test("files what is referred to first, and refers to the registry's own numbers", async () => {
    const fake = createFake();
    // The registry has something before what the folder begins with.
    fake.filed.set("b-value", [{ text: record("B", f("old")), references: [] }]);
    const folder = files({
      a: { versions: [record("A", f("use", "n.B"))], level: "NONE" },
      b: { versions: [record("B"), record("B", f("x"))], level: "NONE" },
    });
    await apply(folder, fake);
    expect(fake.asked.filter((what) => what.startsWith("file"))).toEqual([
      "file b-value 0",
      "file b-value 1",
      "file a-value 1",
    ]);
    expect(fake.filed.get("a-value")?.[0]?.references).toEqual([
      { name: "n.B", subject: "b-value", version: 3 },
    ]);
  });

  test("makes so many requests at a time and no more", async () => {
    const fake = createFake();
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`r${index}`, { versions: [record(`R${index}`)] }]),
    );
    await apply(files(many), fake, { parallel: 5 });
    expect(fake.most()).toBe(5);
    expect(fake.filed.size).toBe(40);
  });

  test("begins nothing new after a refusal, and throws it", async () => {
    const fake = createFake((what) => what === "file a-value 0");
    const folder = files({ a: { versions: [record("A"), record("A", f("x"))] } });
    await expect(apply(folder, fake)).rejects.toMatchObject({ code: "registry-forbidden" });
    expect(fake.asked).toEqual(["set a-value FULL", "file a-value 0"]);
  });

  test("files no schema under a level that could not be set", async () => {
    const fake = createFake((what) => what.startsWith("set"));
    await expect(apply(files({ a: { versions: [record("A")] } }), fake)).rejects.toMatchObject({
      code: "registry-forbidden",
    });
    expect(fake.asked).toEqual(["set a-value FULL"]);
  });
});
