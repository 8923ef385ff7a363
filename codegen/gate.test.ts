import { describe, expect, test } from "@jest/globals";
import { generate } from "./generate.ts";
import { checkTypes } from "./testing/check-types.ts";

const field = (name: string, type: unknown, more: object = {}): object => ({ name, type, ...more });
const user = (...fields: object[]): string =>
  JSON.stringify({ type: "record", name: "User", namespace: "ex", fields });

const generated = (versions: readonly string[]): [string, string][] =>
  generate({
    files: versions.map((text, index) => ({ path: `user/v${index + 1}.avsc`, text })),
  }).map(({ fileName, text }) => [fileName, text]);

const openAs = (module: string): string => `import { openConsumer } from "birdwire";
import { UserSchema } from "./${module}.js";
await using consumer = await openConsumer({ topic: "users" }, UserSchema, { group: "g" });
for await (const { value } of consumer) console.log(value.id);
`;

const id = field("id", "string");
const tag = (...fields: object[]): object => ({ type: "record", name: "Tag", fields });
const changes: readonly { title: string; v1: string; v2: string; reason: string }[] = [
  {
    title: "a type was changed",
    v1: user(id, field("age", "int")),
    v2: user(id, field("age", "string")),
    reason: "version 2: age: a string was written and the reader takes an int",
  },
  {
    title: "a field without a default went, far down",
    v1: user(id, field("tags", { type: "array", items: tag(field("label", "string")) })),
    v2: user(id, field("tags", { type: "array", items: tag() })),
    reason: 'version 2: tags[].label: the writer has no field "label"',
  },
  {
    title: "an enum got a symbol",
    v1: user(id, field("state", { type: "enum", name: "State", symbols: ["ON"] })),
    v2: user(id, field("state", { type: "enum", name: "State", symbols: ["ON", "OFF"] })),
    reason: "version 2: state: the writer may have written",
  },
];

describe("a consumer of version 1, when version 2 came that it cannot read", () => {
  const said = checkTypes(
    Object.fromEntries(
      changes.flatMap(({ v1, v2 }, index) => [
        ...generated([v1, v2]).map(([path, text]): [string, string] => [`c${index}/${path}`, text]),
        [`c${index}/consumer.ts`, openAs("user/v1")] as [string, string],
      ]),
    ),
    "src/index.ts",
  );

  test.each(changes)("does not compile, and is told why: $title", ({ title, reason }) => {
    const index = changes.findIndex((change) => change.title === title);
    const messages = said.split(/\n(?=\S)/).filter((line) => line.startsWith(`c${index}/`));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(new RegExp(`^c${index}/consumer\\.ts\\(3,`));
    expect(messages[0]).toContain(reason.replaceAll('"', '\\"'));
  });
});

test("the same consumer compiles before, with a version that it can read, and when it asks not to be judged", () => {
  const v1 = user(id, field("age", "int"));
  const changed = user(id, field("age", "string"));
  const unjudged = openAs("user/v1")
    .replace("{ openConsumer }", "{ openConsumer, type TypedSchema }")
    .replace("{ UserSchema }", "{ type User, type UserInput, UserSchema }")
    .replace("await using", "const schema: TypedSchema<User, UserInput> = UserSchema;\nawait using")
    .replace(", UserSchema,", ", schema,");
  const expectError = openAs("user/v1").replace("await using", "// @ts-expect-error age\nawait using");
  const within = (folder: string, versions: string[], consumers: Record<string, string>) =>
    [...generated(versions), ...Object.entries(consumers)].map(([path, text]) => [`${folder}/${path}`, text]);
  const modules = [
    ...within("alone", [v1], { "pinned.ts": openAs("user/v1"), "newest.ts": openAs("user") }),
    ...within("added", [v1, user(id, field("age", "int"), field("name", "string"))], {
      "v1.ts": openAs("user/v1"),
    }),
    ...within("changed", [v1, changed], { "v1.ts": expectError, "unjudged.ts": unjudged }),
  ];
  expect(checkTypes(Object.fromEntries(modules), "src/index.ts")).toBe("");
});

test("the verdicts of three versions, both ways", () => {
  const [main] = generated([
    user(id),
    user(id, field("age", "int", { default: 0 })),
    user(id, field("age", "long", { default: 0 })),
  ]);
  expect(main?.[1]).toContain(`export interface UserVerdicts {
  readonly 1: {
    readonly 1: true;
    readonly 2: true;
    readonly 3: true;
  };
  readonly 2: {
    readonly 1: true;
    readonly 2: true;
    readonly 3: "age: a long was written and the reader takes an int";
  };
  readonly 3: {
    readonly 1: true;
    readonly 2: true;
    readonly 3: true;
  };
}`);
  expect(main?.[1]).toContain("UserSchema: TypedSchema<User, UserInput, UserVerdicts[3]>");
});

test("each of the versions in the list has its own types, and its verdicts", () => {
  const v1 = user(id, field("age", "int"));
  const v2 = user(id, field("age", "string"));
  const program = `import { openConsumer, type TypedSchema } from "birdwire";
import { UserVersions } from "./user.js";
const [first, second] = UserVersions;
const asFirst: TypedSchema<{ readonly id: string; readonly age: number }> = first;
const asSecond: TypedSchema<{ readonly id: string; readonly age: string }> = second;
const all: readonly TypedSchema<unknown>[] = UserVersions;
export { all, asFirst, asSecond };
// @ts-expect-error version 1 has a number there
export const wrong: TypedSchema<{ readonly age: string }> = first;
// @ts-expect-error version 1 cannot read what version 2 wrote
await openConsumer({ topic: "users" }, first, { group: "g" });
`;
  const modules = { ...Object.fromEntries(generated([v1, v2])), "program.ts": program };
  expect(checkTypes(modules, "src/index.ts")).toBe("");
});
