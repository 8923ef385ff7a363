import { describe, expect, test } from "@jest/globals";
import { RegistryError, type RegistryErrorCode } from "../registry/error.ts";
import { heedModes, type ModeReader } from "./ask-modes.ts";
import { openChangeset } from "./model.ts";
import { createPlan } from "./plan.ts";
import { isRefused, type Plan } from "./plan-model.ts";
import { planEntries } from "./plan-report.ts";
import { printPlan } from "./print-plan.ts";
import { files, record, stateOf } from "./testing/folders.ts";

const a = { name: "a", type: "int", default: 0 };

/** `all` and the modes that subjects have of their own, in the manner of a registry. */
function modes(all: string, own: Readonly<Record<string, string>> = {}): ModeReader {
  return { modeOfAll: async () => all, mode: async (subject) => own[subject] ?? all };
}

/** A subject with a version to register, one that is all there, and one to delete. */
const folder = files({ new: { versions: [record("N")] }, same: { versions: [record("S")] } });
const state = stateOf({
  "new-value": { level: null, filed: [] },
  "same-value": { level: "FULL", filed: [record("S")] },
  "gone-value": { level: "FULL", filed: [record("G", a)] },
});
const changeset = openChangeset(folder, "s");
const plan = createPlan(changeset, state, { prune: true });

const told = (made: Plan) =>
  planEntries(made, folder)
    .filter(({ rule }) => rule.startsWith("mode"))
    .map(({ severity, subject, message }) => `${severity} ${subject}: ${message}`);

describe("a plan for a registry of which", () => {
  test("every subject may be written is as it was", async () => {
    const made = await heedModes(plan, modes("READWRITE"));
    expect(made).toEqual(plan);
    expect([isRefused(made), told(made)]).toEqual([false, []]);
  });

  test("one subject is READONLY tells what of it is refused", async () => {
    const made = await heedModes(plan, modes("READWRITE", { "new-value": "READONLY" }));
    expect(isRefused(made)).toBe(true);
    expect(told(made)).toEqual([
      "error new-value: the level cannot be set to FULL while the subject is in mode READONLY (it has none of its own)",
      "info new-value: the subject is in mode READONLY: it takes no schema",
      "error new-value: cannot be registered while the subject is in mode READONLY",
    ]);
    expect(printPlan(made, folder, "text", { toolVersion: "0" })).toMatch(
      /x new-value: cannot be registered while the subject is in mode READONLY \(s\/new\/v1\.avsc:1\)/,
    );
  });

  test("a subject without changes is READONLY only says so", async () => {
    const made = await heedModes(plan, modes("READWRITE", { "same-value": "READONLY" }));
    expect([isRefused(made), told(made)]).toEqual([
      false,
      ["info same-value: the subject is in mode READONLY: it takes no schema"],
    ]);
  });

  test("all are READONLY tells it once, and what is refused", async () => {
    const made = await heedModes(plan, modes("READONLY"));
    expect(told(made)).toEqual([
      "info null: the registry is in mode READONLY: it takes no schema but for subjects with a mode of their own",
      expect.stringMatching(/^error new-value: the level cannot be set .* the registry is in mode READONLY/),
      expect.stringMatching(/^error new-value: cannot be registered while the registry is in mode READONLY/),
      expect.stringMatching(/^error gone-value: .* cannot be deleted while the registry is in mode READONLY/),
    ]);
    expect(JSON.parse(printPlan(made, folder, "json", { toolVersion: "0" }))).toMatchObject({
      mode: "READONLY",
      refused: true,
    });
  });

  test("READONLY_OVERRIDE goes over a subject's own mode, which is not asked for", async () => {
    const registry: ModeReader = {
      modeOfAll: async () => "READONLY_OVERRIDE",
      mode: () => Promise.reject(new Error("asked")),
    };
    expect(isRefused(await heedModes(plan, registry))).toBe(true);
  });

  test("IMPORT takes levels and deletions, and no schema", async () => {
    const made = await heedModes(plan, modes("IMPORT"));
    expect(told(made)).toEqual([
      expect.stringMatching(/^info null: the registry is in mode IMPORT/),
      "error new-value: cannot be registered while the registry is in mode IMPORT",
    ]);
  });

  test("what refers to a schema that is refused is held back", async () => {
    const using = files({
      a: { versions: [record("A")] },
      b: { versions: [record("B", { name: "f", type: "n.A" })] },
    });
    const empty = stateOf({});
    const made = await heedModes(
      createPlan(openChangeset(using, "s"), empty),
      modes("READWRITE", { "a-value": "READONLY" }),
    );
    expect(made.subjects.flatMap(({ registrations }) => registrations.map(({ answer }) => answer))).toEqual([
      { kind: "read-only", mode: { name: "READONLY", of: "subject" } },
      { kind: "blocked", by: "a-value v1" },
    ]);
  });
});

describe("a registry that does not tell its modes", () => {
  const failing = (code: RegistryErrorCode): ModeReader => ({
    modeOfAll: () => Promise.reject(new RegistryError(code, code)),
    mode: () => Promise.reject(new RegistryError(code, code)),
  });

  test.each<RegistryErrorCode>(["registry-refused", "registry-forbidden", "unexpected-answer"])(
    "with %s has none",
    async (code) => {
      expect(await heedModes(plan, failing(code))).toEqual(plan);
    },
  );

  test("because it is gone is told", async () => {
    await expect(heedModes(plan, failing("registry-unreachable"))).rejects.toMatchObject({
      code: "registry-unreachable",
    });
  });
});
