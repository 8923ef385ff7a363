import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AvroError } from "../src/avro/error.ts";
import { generate } from "./generate.ts";
import type { SchemaFile } from "./group-files.ts";
import type { OutputOptions } from "./header.ts";
import { readHead } from "./header.ts";
import { readSeal } from "./seal.ts";
import { listModules, planUpdate } from "./update.ts";

type Texts = Readonly<Record<string, string>>;

function record(name: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const list = Object.entries(fields).map(([field, type]) => ({ name: field, type }));
  return JSON.stringify({ type: "record", name, fields: list });
}

const shop: Texts = {
  "order/v1.avsc": record("shop.Order", { id: "long" }),
  "order/v2.avsc": record("shop.Order", { id: "long", buyer: "people.Person" }),
  "person.avsc": record("people.Person", { address: "Address" }),
  "address.avsc": record("people.Address", { street: "string" }),
  "other.avsc": record("Other", { at: "long" }),
};

function update(
  texts: Texts,
  current: ReadonlyMap<string, string>,
  more: OutputOptions & { readonly generator?: string | null } = {},
) {
  const files = Object.entries(texts).map(([path, text]): SchemaFile => ({ path, text }));
  return planUpdate({ generator: "this one", ...more, files, current });
}

function written(files: ReturnType<typeof planUpdate>): ReadonlyMap<string, string> {
  return new Map(files.map(({ fileName, text }) => [fileName, text]));
}

function statesOf(files: ReturnType<typeof planUpdate>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    files.filter(({ state }) => state !== "current").map(({ fileName, state }) => [fileName, state]),
  );
}

const all = ["address.ts", "order.ts", "order/v1.ts", "order/v2.ts", "other.ts", "person.ts"];
const generated = written(update(shop, new Map()));

describe("what was generated and not touched", () => {
  test("is what the schemas say, and says what it was made from", () => {
    expect(statesOf(update(shop, new Map()))).toEqual(
      Object.fromEntries(all.map((name) => [name, "missing"])),
    );
    expect([...generated.keys()].sort()).toEqual(all);
    expect(statesOf(update(shop, generated))).toEqual({});
    expect(generated.get("other.ts")).toMatch(
      /^.* from other\.avsc; do not edit\.\n\/\/ Digest of the sources, the generator and this text: [0-9a-f]{64}\n/,
    );
  });
});

describe("what is not up to date is found, and made anew", () => {
  const edited = (name: string, edit: (text: string) => string) =>
    new Map([...generated, [name, edit(generated.get(name) ?? "")]]);
  test.each<[string, Texts, ReadonlyMap<string, string>, Readonly<Record<string, string>>]>([
    [
      "an edited text",
      shop,
      edited("other.ts", (text) => text.replace("at:", "on:")),
      { "other.ts": "changed" },
    ],
    [
      "an edited first line",
      shop,
      edited("other.ts", (text) => text.replace("do not ", "do ")),
      { "other.ts": "changed" },
    ],
    [
      "the text of another file",
      shop,
      edited("other.ts", () => generated.get("person.ts") ?? ""),
      { "other.ts": "changed" },
    ],
    [
      "an edited text under the seal of a text as it should be",
      shop,
      edited("order/v1.ts", (text) => `${text}export type More = 1;\n`),
      { "order/v1.ts": "changed" },
    ],
    [
      "a file that is gone",
      shop,
      new Map([...generated].filter(([name]) => name !== "order.ts")),
      { "order.ts": "missing" },
    ],
    [
      "a schema that changed, alone",
      { ...shop, "other.avsc": record("Other", { at: "int" }) },
      generated,
      { "other.ts": "changed" },
    ],
    [
      "a version that came",
      { ...shop, "order/v3.avsc": record("shop.Order", { id: "long" }) },
      generated,
      {
        "order.ts": "changed",
        "order/v1.ts": "resealed",
        "order/v2.ts": "changed",
        "order/v3.ts": "missing",
      },
    ],
    [
      "a type that moved to another file",
      {
        ...shop,
        "address.avsc": record("people.Street"),
        "place.avsc": record("people.Address", { street: "string" }),
      },
      generated,
      {
        "address.ts": "changed",
        "person.ts": "changed",
        "place.ts": "missing",
        "order.ts": "resealed",
        "order/v1.ts": "resealed",
        "order/v2.ts": "resealed",
      },
    ],
  ])("%s", (_, texts, current, states) => {
    const files = update(texts, current);
    expect(statesOf(files)).toEqual(states);
    expect(written(files)).toEqual(written(update(texts, new Map())));
  });

  test("other options", () => {
    const files = update(shop, generated, { values: { long: "bigint" } });
    expect(statesOf(files)).toMatchObject({ "other.ts": "changed" });
    expect(readHead(files.find(({ fileName }) => fileName === "other.ts")?.text ?? "")).toEqual({
      source: "other.avsc",
      options: { runtime: "birdwire", importExtension: ".js", values: { long: "bigint" } },
    });
  });

  test("and a seal of another generator says nothing: the text is compared", () => {
    const texts = written(update(shop, generated, { generator: "another" }));
    const altered = new Map([...texts, ["other.ts", "// nothing\n"]]);
    expect(statesOf(update(shop, altered))).toEqual({
      ...Object.fromEntries(all.map((name) => [name, "resealed"])),
      "other.ts": "changed",
    });
  });

  test("without a known generator nothing is sealed, and every text is compared", () => {
    const files = update(shop, generated, { generator: null });
    expect(statesOf(files)).toEqual(Object.fromEntries(all.map((name) => [name, "resealed"])));
    expect(files.map(({ text }) => readSeal(text).digest)).toEqual(all.map(() => null));
  });
});

test("the modules are listed as they are made", () => {
  const files = Object.entries(shop).map(([path, text]) => ({ path, text }));
  expect(listModules(files)).toEqual(generate({ files }).map(({ fileName }) => fileName));
});

describe("after any edits", () => {
  const names = fc.constantFrom("A", "B", "C", "x.A", "x.B");
  const fieldType = fc.oneof(fc.constant("string"), names);
  const schema = fc
    .record({ name: names, field: fieldType, inner: fc.option(names, { nil: undefined }) })
    .map(({ name, field, inner }) =>
      record(name, {
        of: field,
        ...(inner !== undefined && { inner: { type: "record", name: inner, fields: [] } }),
      }),
    );
  const path = fc.constantFrom("a.avsc", "b.avsc", "c/v1.avsc", "c/v2.avsc", "d/v1.avsc", "d/e.avsc");
  const edit = fc.tuple(path, fc.option(schema, { nil: null }));

  function attempt<Value>(action: () => Value): Value | string {
    try {
      return action();
    } catch (error) {
      if (error instanceof AvroError) return error.message;
      throw error;
    }
  }

  test("the update is what generating everything gives, faults too", () => {
    let made = 0;
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 12 }), (edits) => {
        const texts: Record<string, string> = {};
        let current: ReadonlyMap<string, string> = new Map();
        for (const [name, text] of edits) {
          if (text === null) delete texts[name];
          else texts[name] = text;
          const files = Object.entries(texts).map(([each, content]) => ({ path: each, text: content }));
          const whole = attempt(() => generate({ files }));
          const updated = attempt(() => update(texts, current));
          if (typeof whole === "string" || typeof updated === "string") {
            expect(typeof updated).toBe(typeof whole);
            continue;
          }
          made += 1;
          expect(updated.map(({ fileName, text: sealed }) => [fileName, readSeal(sealed).text])).toEqual(
            whole.map(({ fileName, text: plain }) => [fileName, plain]),
          );
          // Left-overs stay where they are.
          current = new Map([...current, ...written(updated)]);
        }
      }),
      { numRuns: 300 },
    );
    expect(made).toBeGreaterThan(100);
  });
});
