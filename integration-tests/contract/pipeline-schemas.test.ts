/**
 * A folder of schemas and a registry: `birdwire schemas plan`, `apply`, `register`, `check` and `pull`, as CI runs them.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "@jest/globals";
import type { RunResult } from "../support/birdwire.ts";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { describeRegistry } from "../support/registry-targets.ts";
import { createSchemaFolder } from "../support/schema-folder.ts";
import { schemasOf } from "../support/subject-schemas.ts";

interface PlanJson {
  readonly refused: boolean;
  readonly drifted: boolean;
  readonly changes: readonly {
    readonly kind: string;
    readonly subject: string;
    readonly path?: string;
    readonly answer?: { readonly kind: string };
  }[];
  readonly drift: readonly { readonly kind: string; readonly subject: string }[];
  readonly entries: readonly { readonly rule: string; readonly severity: string; readonly path: string }[];
}

describeRegistry("schemas in CI and the registry", ({ test, url, freshSubject }) => {
  const on = () => ({ env: { BIRDWIRE_REGISTRY_URL: url() } });
  const run = (folder: string, ...args: string[]) =>
    runBirdwireHere(["schemas", ...args, "--schemas", folder], on());
  const ends = ({ code, stderr }: RunResult, expected: number) =>
    expect({ code, stderr: code === expected ? "" : stderr }).toEqual({ code: expected, stderr: "" });
  const succeed = async (folder: string, ...args: string[]) => {
    const result = await run(folder, ...args);
    ends(result, 0);
    return result;
  };
  const plan = async (folder: string, ...args: string[]) => {
    const { stdout } = await run(folder, "plan", "--format", "json", ...args);
    return JSON.parse(stdout) as PlanJson;
  };
  const get = async (path: string) => (await fetch(`${url()}${path}`)).json();
  const send = async (method: string, path: string, body: unknown) => {
    const headers = { "Content-Type": "application/vnd.schemaregistry.v1+json" };
    const response = await fetch(`${url()}${path}`, { method, headers, body: JSON.stringify(body) });
    expect({ path, status: response.status }).toEqual({ path, status: 200 });
  };

  test("a plan is what apply does, and after it there is nothing to do", async () => {
    const subject = freshSubject();
    const { v1, v2 } = schemasOf(subject);
    await using folder = await createSchemaFolder([
      { subject, level: "FULL_TRANSITIVE", versions: [v1, v2] },
    ]);
    const first = await plan(folder.path);
    expect(first.changes.map(({ kind, path, answer }) => [kind, path, answer?.kind])).toEqual([
      ["level", undefined, undefined],
      ["register", "r0/v1.avsc", "new-version"],
      ["register", "r0/v2.avsc", "new-version"],
    ]);
    await succeed(folder.path, "apply");
    expect(await get(`/subjects/${subject}/versions`)).toEqual([1, 2]);
    expect(await get(`/config/${subject}`)).toMatchObject({ compatibilityLevel: "FULL_TRANSITIVE" });
    expect(await plan(folder.path)).toMatchObject({ changes: [], drift: [], refused: false });
    const { stdout } = await succeed(folder.path, "apply");
    expect(stdout).toMatch(/nothing to do/);
    expect(await get(`/subjects/${subject}/versions`)).toEqual([1, 2]);
  });

  test("what was changed by hand is shown, and the level put back", async () => {
    const subject = freshSubject();
    const { v1, v2 } = schemasOf(subject);
    await using folder = await createSchemaFolder([{ subject, versions: [v1] }]);
    await succeed(folder.path, "apply");
    await send("PUT", `/config/${subject}`, { compatibility: "NONE" });
    await send("POST", `/subjects/${subject}/versions`, { schema: v2 });
    const drifted = await plan(folder.path);
    expect(drifted.drift.map(({ kind }) => kind).sort()).toEqual(["extra-version", "level"]);
    expect(drifted.changes).toMatchObject([{ kind: "level", subject, from: "NONE", to: "FULL" }]);
    ends(await run(folder.path, "plan", "--fail-on-drift"), 3);
    await succeed(folder.path, "apply");
    expect(await get(`/config/${subject}`)).toMatchObject({ compatibilityLevel: "FULL" });
    expect((await plan(folder.path)).drift.map(({ kind }) => kind)).toEqual(["extra-version"]);
  });

  test("what the registry would refuse ends a plan with 3, and apply changes nothing", async () => {
    const [subject, other] = [freshSubject(), freshSubject()];
    const { v1, breaking } = schemasOf(subject);
    await using folder = await createSchemaFolder([
      { subject, versions: [v1] },
      { subject: other, versions: [schemasOf(other).v1] },
    ]);
    await succeed(folder.path, "register", subject);
    expect(await get("/subjects")).not.toContain(other);
    await folder.write({ "r0/v2.avsc": breaking });
    const refused = await plan(folder.path);
    expect(refused.refused).toBe(true);
    const errors = refused.entries.filter(({ severity }) => severity === "error");
    expect(errors.map(({ rule, path }) => `${rule} ${path}`)).toContain("TYPE_MISMATCH /fields/0/type");
    ends(await run(folder.path, "plan"), 3);
    ends(await run(folder.path, "apply"), 3);
    ends(await run(folder.path, "register"), 3);
    const checked = await run(folder.path, "check", "--registry", url());
    ends(checked, 3);
    expect(checked.stdout).toMatch(/TYPE_MISMATCH: against version 1/);
    expect(await get("/subjects")).not.toContain(other);
    expect(await get(`/subjects/${subject}/versions`)).toEqual([1]);
  });

  test("types of other subjects become references, registered before what refers to them", async () => {
    const [outer, inner] = [freshSubject(), freshSubject()];
    const { inner: kind } = schemasOf(inner);
    const text = schemasOf(outer).outer(kind.name);
    // What refers stands first in the folder.
    await using folder = await createSchemaFolder([
      { subject: outer, versions: [text] },
      { subject: inner, versions: [kind.text] },
    ]);
    await succeed(folder.path, "apply");
    expect(await get(`/subjects/${outer}/versions/1`)).toMatchObject({
      references: [{ name: kind.name, subject: inner, version: 1 }],
    });
    expect((await plan(folder.path)).changes).toEqual([]);
  });

  test("a transitive level is applied before anything is registered", async () => {
    const subject = freshSubject();
    const { name } = schemasOf(subject);
    const fields = (...list: unknown[]) =>
      JSON.stringify({ type: "record", name, namespace: "n", fields: list });
    const a = { name: "a", type: "int" };
    const b = { name: "b", type: "string" };
    await using folder = await createSchemaFolder([
      { subject, level: "BACKWARD_TRANSITIVE", versions: [fields(a), fields(a, { ...b, default: "" })] },
    ]);
    await succeed(folder.path, "apply");
    await folder.write({ "r0/v3.avsc": fields(a, b) });
    const { entries, refused } = await plan(folder.path);
    expect(refused).toBe(true);
    expect(entries.filter(({ severity }) => severity === "error")).toMatchObject([
      { rule: "READER_FIELD_MISSING_DEFAULT_VALUE", path: "/fields/1" },
    ]);
  });

  test("a schema that was there before is told to make no new version", async () => {
    const subject = freshSubject();
    const { v1, v2 } = schemasOf(subject);
    await using folder = await createSchemaFolder([{ subject, versions: [v1, v2, v1] }]);
    await succeed(folder.path, "apply");
    expect(await get(`/subjects/${subject}/versions`)).toEqual([1, 2]);
    const again = await plan(folder.path);
    expect(again.entries.map(({ rule }) => rule)).toEqual(["no-op-registration"]);
    expect((await succeed(folder.path, "apply")).stdout).toMatch(/nothing to do/);
  });

  test("subjects that the folder lacks are deleted by prune alone, and only those it owns", async () => {
    const [kept, gone, foreign] = [freshSubject(), freshSubject(), freshSubject()];
    for (const subject of [gone, foreign]) {
      await send("POST", `/subjects/${subject}/versions`, { schema: schemasOf(subject).v1 });
    }
    await using folder = await createSchemaFolder([{ subject: kept, versions: [schemasOf(kept).v1] }]);
    ends(await run(folder.path, "apply", "--prune"), 2);
    await succeed(folder.path, "apply", "--prefix", gone);
    expect(await get("/subjects")).toEqual(expect.arrayContaining([kept, gone, foreign]));
    await succeed(folder.path, "apply", "--prefix", gone, "--prune");
    const left = await get("/subjects");
    expect(left).toEqual(expect.arrayContaining([kept, foreign]));
    expect(left).not.toContain(gone);
    expect((await plan(folder.path, "--prefix", gone, "--prune")).changes).toEqual([]);
  });

  test("a pulled subject is a folder that has nothing to apply", async () => {
    const [outer, inner] = [freshSubject(), freshSubject()];
    const { inner: kind } = schemasOf(inner);
    const { outer: outerText } = schemasOf(outer);
    await using source = await createSchemaFolder([
      { subject: inner, level: "BACKWARD", versions: [kind.text] },
      { subject: outer, level: "FULL_TRANSITIVE", versions: [outerText(kind.name)] },
    ]);
    await succeed(source.path, "apply");
    await using target = await createSchemaFolder([]);
    const pulled = join(target.path, "pulled");
    await succeed(pulled, "pull", outer);
    expect(JSON.parse(await readFile(join(pulled, "subjects.json"), "utf8")).subjects).toMatchObject([
      { subject: outer, compatibility: "FULL_TRANSITIVE" },
      { subject: inner, compatibility: "BACKWARD" },
    ]);
    expect(await plan(pulled)).toMatchObject({ changes: [], drift: [] });
    ends(await run(pulled, "check"), 0);
    expect((await succeed(pulled, "pull", outer)).stderr).toMatch(/has it all already/);
  });

  test("versions are listed with fingerprint and id, in the folder and in the registry", async () => {
    const subject = freshSubject();
    const { v1, v2 } = schemasOf(subject);
    await using folder = await createSchemaFolder([{ subject, versions: [v1] }]);
    await succeed(folder.path, "register");
    const { id } = (await get(`/subjects/${subject}/versions/1`)) as { id: number };
    await folder.write({ "r0/v2.avsc": v2 });
    const { stdout } = await succeed(folder.path, "versions", "--format", "json");
    const fingerprint = expect.stringMatching(/^[0-9a-f]{16}$/);
    expect(JSON.parse(stdout)).toEqual([
      { subject, file: "r0/v1.avsc", released: false, fingerprint, version: 1, id },
      { subject, file: "r0/v2.avsc", released: false, fingerprint, version: null, id: null },
    ]);
    await succeed(folder.path, "register");
    const history = await runBirdwireHere(["schemas", "history", subject], on());
    ends(history, 0);
    expect(history.stdout).toMatch(/2 versions, level FULL\n/);
    expect(history.stdout).toMatch(/version 2, id \d+, fingerprint [0-9a-f]{16}\n {2}added at \/fields\/1/);
  });
});
