/**
 * A team's way with its schemas, offline: lint, check, diff and release on folders as people have them, good and bad.
 */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { runBirdwire } from "../support/birdwire.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";

let root = "";
let made = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "birdwire-schemas-"));
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** A folder of its own with `schemas/` in it; contents that are no text become JSON. */
async function project(files: Readonly<Record<string, unknown>>): Promise<string> {
  made += 1;
  const cwd = join(root, String(made));
  for (const [path, content] of Object.entries(files)) {
    const target = join(cwd, "schemas", path);
    await mkdir(dirname(target), { recursive: true });
    const isRaw = typeof content === "string" || Buffer.isBuffer(content);
    await writeFile(target, isRaw ? content : `${JSON.stringify(content, null, 2)}\n`);
  }
  return cwd;
}

function subjects(...records: readonly string[]) {
  return {
    subjects: records.map((record) => ({
      subject: `${record}-value`,
      topic: record,
      record,
      compatibility: "FULL_TRANSITIVE",
    })),
  };
}

function record(name: string, fields: readonly object[], more: object = {}) {
  return { type: "record", name, namespace: "shop", doc: `A ${name}.`, fields, ...more };
}

const kind = { type: "enum", name: "Kind", doc: "Kinds.", symbols: ["NEW", "OLD"] };
const first = record("Order", [
  { name: "id", type: "long", doc: "Its id." },
  { name: "kind", type: kind, doc: "Its kind." },
]);
const breaking = record("Order", [
  { name: "id", type: "string", doc: "Its id." },
  { name: "kind", type: { ...kind, symbols: ["NEW"] }, doc: "Its kind." },
  { name: "email", type: "string", doc: "Where the bill goes." },
]);

async function writeVersion(cwd: string, path: string, schema: unknown): Promise<void> {
  await writeFile(join(cwd, "schemas", path), `${JSON.stringify(schema, null, 2)}\n`);
}

describe("a change that breaks three things at once", () => {
  test("is released never: check names each of them, and github puts each on its line", async () => {
    const cwd = await project({ "subjects.json": subjects("order"), "order/v1.avsc": first });
    const schemas = (...args: readonly string[]) => runBirdwireHere(["schemas", ...args], { cwd });
    expect(await schemas("release")).toMatchObject({ code: 0, stdout: "" });
    expect(await schemas("check")).toMatchObject({ code: 0, stdout: "1 checked: nothing found\n" });

    await writeVersion(cwd, "order/v2.avsc", breaking);
    const text = await schemas("check");
    expect(text.code).toBe(3);
    for (const finding of [
      /v2\.avsc:9:15: error TYPE_MISMATCH: .*version 2 cannot read what version 1 wrote/,
      /v2\.avsc:\d+:\d+: error MISSING_ENUM_SYMBOLS: .*OLD/,
      /v2\.avsc:\d+:\d+: error READER_FIELD_MISSING_DEFAULT_VALUE: .*email/,
    ]) {
      expect(text.stdout).toMatch(finding);
    }

    const github = await runBirdwire(["schemas", "check", "--format", "github"], { cwd });
    expect(github.code).toBe(3);
    const lines = (await readFile(join(cwd, "schemas/order/v2.avsc"), "utf8")).split("\n");
    const marks = [
      ...github.stdout.matchAll(/^::error file=([^,]+),line=(\d+),col=(\d+),title=(\w+) in/gm),
    ].map(([, file, line, column, rule]) => {
      expect(file).toBe("schemas/order/v2.avsc");
      return `${rule} ${lines[Number(line) - 1]?.slice(Number(column) - 1)}`;
    });
    expect([...new Set(marks)].sort()).toEqual([
      "MISSING_ENUM_SYMBOLS [",
      "READER_FIELD_MISSING_DEFAULT_VALUE {",
      'TYPE_MISMATCH "string",',
    ]);

    const refused = await schemas("release");
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining("nothing was released") });
    expect(
      JSON.parse(await readFile(join(cwd, "schemas/lock.json"), "utf8")).records.order.versions,
    ).toHaveLength(1);

    // Mended, it is only a version that is new; released, an edit of it is found.
    const mended = {
      ...first,
      fields: [...first.fields, { name: "email", type: "string", doc: "E.", default: "" }],
    };
    await writeVersion(cwd, "order/v2.avsc", mended);
    expect(await schemas("check")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("info unreleased"),
    });
    expect(await schemas("release")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("order/v2.avsc"),
    });
    await writeVersion(cwd, "order/v2.avsc", { ...mended, doc: "Edited." });
    expect(await schemas("check", "--format", "json")).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('"rule": "released-changed"'),
    });
  });
});

describe("generated code that is stale", () => {
  const stale = (file: string) => `${file}:1:1: error stale-generated: `;

  test("fails check, by flag or by configuration", async () => {
    const cwd = await project({ "subjects.json": subjects("order"), "order/v1.avsc": first });
    await runBirdwireHere(["schemas", "release"], { cwd });
    expect(await runBirdwireHere(["codegen", "--out", "types"], { cwd })).toMatchObject({ code: 0 });
    const check = (...args: readonly string[]) => runBirdwireHere(["schemas", "check", ...args], { cwd });
    expect(await check("--generated", "types")).toMatchObject({ code: 0 });
    await writeFile(join(cwd, "types/order.ts"), "// edited\n");
    expect(await check()).toMatchObject({ code: 0 });
    await writeFile(join(cwd, "birdwire.config.json"), JSON.stringify({ generated: "types" }));
    expect(await check()).toMatchObject({
      code: 3,
      stdout: expect.stringContaining(stale("types/order.ts")),
    });
  });

  test("fails check where nobody said so, whatever options it was generated with", async () => {
    const cwd = await project({ "subjects.json": subjects("order"), "order/v1.avsc": first });
    await runBirdwireHere(["schemas", "release"], { cwd });
    const options = ["--long", "bigint", "--runtime", "../runtime.ts", "--import-extension", ".ts"];
    await runBirdwireHere(["codegen", "--out", "src/generated", ...options], { cwd });
    const check = (...args: readonly string[]) => runBirdwireHere(["schemas", "check", ...args], { cwd });
    expect(await check()).toMatchObject({ code: 0, stdout: "1 checked: nothing found\n" });

    const path = join(cwd, "src/generated/order/v1.ts");
    const text = await readFile(path, "utf8");
    await writeFile(path, `${text}// edited\n`);
    const found = await check();
    expect(found).toMatchObject({
      code: 3,
      stdout: expect.stringContaining(stale("src/generated/order/v1.ts")),
    });
    expect(found.stdout).not.toContain("src/generated/order.ts");
    expect(await check("--generated", "off")).toMatchObject({ code: 0 });
    await writeFile(path, text);
    expect(await check("--runtime", "birdwire")).toMatchObject({ code: 3 });

    await writeVersion(cwd, "order/v2.avsc", { ...first, doc: "Anew." });
    expect((await check()).stdout).toContain("src/generated/order/v2.ts is missing");
    await rm(join(cwd, "schemas/order/v2.avsc"));
    await writeFile(join(cwd, "src/generated/gone.ts"), text);
    expect((await check()).stdout).toContain(
      "src/generated/gone.ts was generated, and no schema stands for it",
    );
  });

  test("because none can be generated is told at the schema, with the rest of the report", async () => {
    const cwd = await project({ "subjects.json": subjects("order"), "order/v1.avsc": first });
    await runBirdwireHere(["schemas", "release"], { cwd });
    await runBirdwireHere(["codegen", "--out", "src/generated"], { cwd });
    await writeFile(join(cwd, "schemas/draft.avsc"), '{\n"type": }\n');
    expect(await runBirdwireHere(["schemas", "check"], { cwd })).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(
        /^schemas\/draft\.avsc:1:1: warning stray-file: .*\nschemas\/draft\.avsc:2:9: error stale-generated: no code can be generated: expected a value/,
      ),
    });
  });

  test("of other schemas is none of check's business", async () => {
    const cwd = await project({ "subjects.json": subjects("order"), "order/v1.avsc": first });
    await mkdir(join(cwd, "others"));
    await writeFile(join(cwd, "others/user.avsc"), '"string"');
    await runBirdwireHere(["schemas", "release"], { cwd });
    await runBirdwireHere(["codegen", "--schemas", "others", "--out", "src/generated"], { cwd });
    expect(await runBirdwireHere(["schemas", "check"], { cwd })).toMatchObject({ code: 0 });
  });
});

describe("lint", () => {
  test("takes its rules from the configuration and from the line", async () => {
    const schema = record("Order", [{ name: "orderId", type: "long" }]);
    const cwd = await project({ "subjects.json": subjects("order"), "order/v1.avsc": schema });
    const lint = (...args: readonly string[]) => runBirdwireHere(["schemas", "lint", ...args], { cwd });
    const found = await lint();
    expect(found.code).toBe(3);
    expect(found.stdout).toMatch(/:8:15: error field-name: .*\n.*/);
    expect(found.stdout).toMatch(/warning doc-missing: the field orderId has no doc/);
    expect(await lint("--rule", "field-name=warning")).toMatchObject({ code: 0 });
    expect(await lint("--rule", "field-name=warning", "--fail-on-warning")).toMatchObject({ code: 3 });
    await writeFile(
      join(cwd, "birdwire.config.yaml"),
      "lint:\n  fieldNames: camelCase\n  rules: {doc-missing: off}\n",
    );
    // YAML 1.2 reads a bare off as a text.
    expect(await lint()).toMatchObject({ code: 0, stdout: "1 checked: nothing found\n" });
    expect(await lint("--rule", "docs=off")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--rule names the rule "docs"; there are: type-name'),
    });
  });
});

describe("diff", () => {
  test("compares versions, files, a Git revision and the registry", async () => {
    const second = {
      ...first,
      fields: [...first.fields, { name: "note", type: "string", doc: "N.", default: "" }],
    };
    const cwd = await project({
      "subjects.json": subjects("order"),
      "order/v1.avsc": first,
      "order/v2.avsc": second,
    });
    const git = (...args: readonly string[]) => execFileSync("git", args, { cwd, stdio: "pipe" });
    git("init", "--quiet");
    git("add", ".");
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "first");
    await using registry = await startRegistryEmulator({ port: 0 });
    const body = JSON.stringify({ schema: JSON.stringify(first) });
    const headers = { "Content-Type": "application/json" };
    await fetch(`${registry.url}/subjects/order-value/versions`, { method: "POST", body, headers });

    const added = /^schemas\/order\/v2\.avsc:\d+:5: added: the field "note" was added/m;
    for (const older of [
      "order/v1",
      "order@1",
      "schemas/order/v1.avsc",
      "HEAD:schemas/order/v1.avsc",
      "HEAD:./schemas/order/v1.avsc",
      "order-value@1",
      "order-value@latest",
    ]) {
      const { code, stdout, stderr } = await runBirdwireHere(
        ["schemas", "diff", older, "order/v2", "--registry", registry.url],
        { cwd },
      );
      expect({ older, code, stderr }).toEqual({ older, code: 0, stderr: "" });
      expect(stdout).toMatch(added);
      expect(stdout).toContain(`order/v2 reads what ${older} wrote`);
    }
    for (const [older, message] of [
      ["order/v9", /order\/v9: schemas\/order has v1, v2/],
      ["nothing", /"nothing" is no schema: give a version/],
      ["no-such.avsc", /no-such\.avsc cannot be read/],
      ["no-such:schemas/order/v1.avsc", /git show no-such:schemas\/order\/v1\.avsc: /],
      ["gone-value@1", /has no gone-value@1/],
    ] as const) {
      const { code, stderr } = await runBirdwireHere(
        ["schemas", "diff", older, "order/v2", "--registry", registry.url],
        { cwd },
      );
      expect(stderr).toMatch(message);
      expect(code).toBe(2);
    }
  });
});

describe("a folder that is no changeset ends with 2 and says why", () => {
  const uses = (name: string, other: string) => record(name, [{ name: "x", type: other, doc: "X." }]);
  test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ["empty", { "README.md": "" }, /there is no \.avsc file in schemas/],
    ["no list of subjects", { "order/v1.avsc": first }, /there is no subjects\.json in schemas/],
    [
      "a circle of references",
      { "subjects.json": subjects("a", "b"), "a/v1.avsc": uses("A", "B"), "b/v1.avsc": uses("B", "A") },
      /schemas\/b\/v1\.avsc:9:15: the files use each other in a circle: a\/v1\.avsc -> b\/v1\.avsc -> a\/v1\.avsc/,
    ],
    [
      "two files with one full name",
      { "subjects.json": subjects("a", "b"), "a/v1.avsc": first, "b/v1.avsc": first },
      /schemas\/b\/v1\.avsc:3:11: both this record and a\/ are called shop\.Order/,
    ],
    [
      "what is not UTF-8",
      { "subjects.json": subjects("a"), "a/v1.avsc": Buffer.from('{\n"doc": "\xff"}', "latin1") },
      /schemas\/a\/v1\.avsc:2: the file is not UTF-8/,
    ],
    [
      "what is not JSON",
      { "subjects.json": subjects("a"), "a/v1.avsc": '{\n"type": }' },
      /schemas\/a\/v1\.avsc:2:9: not JSON/,
    ],
    [
      "a lock that is none",
      { "subjects.json": subjects("a"), "a/v1.avsc": first, "lock.json": "[]" },
      /lock\.json:1:1: /,
    ],
  ])("%s", async (_what, files, message) => {
    const cwd = await project(files);
    for (const command of ["check", "lint", "release"]) {
      const { code, stdout, stderr } = await runBirdwireHere(["schemas", command], { cwd });
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/unexpected|^\s+at /m);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    }
  });

  test("and in a workflow it is annotated, too", async () => {
    const cwd = await project({ "subjects.json": subjects("a"), "a/v1.avsc": '{\n"type": }' });
    expect(await runBirdwireHere(["schemas", "check", "--format", "github"], { cwd })).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^::error file=schemas\/a\/v1\.avsc,line=2,col=9,title=invalid-schema::/),
    });
  });
});

describe("schemas that are odd but right pass", () => {
  test.each(["constructor", "__proto__", "hasOwnProperty"])(
    "a record, a field and a symbol named %s",
    async (odd) => {
      const schema = record(odd, [
        {
          name: odd,
          type: { type: "enum", name: "Kind", symbols: [odd, "toString"] },
          doc: "*/ ]]> --> #{x} `",
        },
      ]);
      const cwd = await project({ "subjects.json": subjects(odd), [`${odd}/v1.avsc`]: schema });
      expect(await runBirdwireHere(["schemas", "release"], { cwd })).toMatchObject({ code: 0 });
      expect(await runBirdwireHere(["schemas", "check", "--recompute"], { cwd })).toMatchObject({
        code: 0,
        stdout: "1 checked: nothing found\n",
      });
      expect(await runBirdwireHere(["schemas", "diff", `${odd}/v1`, `${odd}@1`], { cwd })).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^nothing changed/),
      });
    },
  );

  test("5 MB in one file, 200 levels deep", async () => {
    let deep: unknown = "long";
    for (let level = 0; level < 200; level += 1) {
      deep = { type: "record", name: `Level${level}`, fields: [{ name: "in", type: deep }] };
    }
    const wide = Array.from({ length: 25_000 }, (_, at) => ({
      name: `f${at}`,
      type: "string",
      doc: "d".repeat(170),
    }));
    const schema = record("Big", [{ name: "deep", type: deep }, ...wide]);
    const cwd = await project({ "subjects.json": subjects("big"), "big/v1.avsc": JSON.stringify(schema) });
    expect((await readFile(join(cwd, "schemas/big/v1.avsc"))).length).toBeGreaterThan(5_000_000);
    expect(await runBirdwireHere(["schemas", "release"], { cwd })).toMatchObject({ code: 0 });
    const changed = { ...schema, fields: [{ name: "deep", type: "string" }, ...wide] };
    await writeFile(join(cwd, "schemas/big/v2.avsc"), JSON.stringify(changed));
    expect(await runBirdwireHere(["schemas", "check"], { cwd })).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/v2\.avsc:1:\d+: error TYPE_MISMATCH/),
    });
  });
});
