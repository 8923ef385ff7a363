import { describe, expect, test } from "@jest/globals";
import { parseSubjectName } from "../kernel/brand.ts";
import { openChangeset } from "./model.ts";
import { createPlan, type PlanOptions } from "./plan.ts";
import { hasChanges, hasDrift, isRefused } from "./plan-model.ts";
import { planEntries } from "./plan-report.ts";
import { countChanges, printPlan, tellChanges } from "./print-plan.ts";
import { reportFormats } from "./report.ts";
import { type FiledSchema, files, record, stateOf } from "./testing/folders.ts";

const a = { name: "a", type: "int" };
const b = { name: "b", type: "string", default: "" };
const v1 = record("R", a);
const v2 = record("R", a, b);
const breaking = record("R", { ...a, type: "string" });

interface Given {
  readonly versions: readonly string[];
  readonly filed?: readonly FiledSchema[];
  /** The registry's. */
  readonly level?: string | null;
  /** The folder's. */
  readonly wanted?: string;
}

function plan({ versions, filed = [], level = "FULL", wanted = "FULL" }: Given) {
  const changeset = openChangeset(files({ r: { versions, level: wanted } }), "s");
  return createPlan(changeset, stateOf({ "r-value": { level, filed } }));
}

const answers = (given: Given) =>
  plan(given).subjects.flatMap(({ registrations }) =>
    registrations.map(({ path, answer }) => `${path} ${answer.kind}`),
  );
const drifts = (given: Given) =>
  plan(given).subjects.flatMap(({ drift }) => drift.map(({ kind, path }) => `${kind} ${path}`));

describe("a plan", () => {
  test("of a folder that the registry has nothing of sets the level and registers each version", () => {
    const made = plan({ versions: [v1, v2], level: null });
    expect(made.subjects[0]?.level).toEqual({ from: null, to: "FULL" });
    expect(answers({ versions: [v1, v2], level: null })).toEqual([
      "r/v1.avsc new-version",
      "r/v2.avsc new-version",
    ]);
    expect([hasChanges(made), hasDrift(made), isRefused(made)]).toEqual([true, false, false]);
    expect(tellChanges(made)).toBe("1 level to set, 2 schemas to register");
  });

  test("of what is there already is empty, whatever the layout of the files", () => {
    const laidOut = JSON.stringify(JSON.parse(v2), null, 4);
    const made = plan({ versions: [v1, laidOut], filed: [v1, v2] });
    expect([hasChanges(made), hasDrift(made), isRefused(made)]).toEqual([false, false, false]);
    expect(tellChanges(made)).toBe("nothing to do");
  });

  test("counts versions of the registry by their schemas: numbers go on after deletions", () => {
    const filed = [
      { version: 3, text: v1 },
      { version: 7, text: v2 },
    ];
    const made = plan({ versions: [v1, v2], filed });
    expect(hasChanges(made)).toBe(false);
    expect(made.subjects[0]?.filed).toEqual([
      { version: 1, registryVersion: 3 },
      { version: 2, registryVersion: 7 },
    ]);
  });

  test("tells what is incompatible with every finding, and holds back what comes after it", () => {
    const given = { versions: [v1, breaking, v2], filed: [v1] };
    expect(answers(given)).toEqual(["r/v2.avsc incompatible", "r/v3.avsc blocked"]);
    expect(isRefused(plan(given))).toBe(true);
    const errors = planEntries(plan(given), files({ r: { versions: given.versions } })).filter(
      ({ severity }) => severity === "error",
    );
    expect(errors.map(({ rule, file, path }) => [rule, file, path])).toEqual([
      ["TYPE_MISMATCH", "s/r/v2.avsc", "/fields/0/type"],
      ["TYPE_MISMATCH", "s/r/v2.avsc", "/fields/0/type"],
      ["blocked", "s/r/v3.avsc", ""],
    ]);
  });

  test("compares with the versions that the folder's level names, which is set first", () => {
    const gone = record("R", b);
    const given = { versions: [v1, v2, gone], filed: [v1, v2] };
    // v3 reads v2 without a; that v1 lacks b is covered by its default.
    expect(answers({ ...given, wanted: "BACKWARD" })).toEqual(["r/v3.avsc new-version"]);
    expect(answers({ ...given, wanted: "FULL" })).toEqual(["r/v3.avsc incompatible"]);
    const required = record("R", a, { ...b, default: undefined });
    const again = { versions: [v1, v2, required], filed: [v1, v2] };
    expect(answers({ ...again, wanted: "BACKWARD" })).toEqual(["r/v3.avsc new-version"]);
    expect(answers({ ...again, wanted: "BACKWARD_TRANSITIVE" })).toEqual(["r/v3.avsc incompatible"]);
    expect(answers({ ...again, level: "BACKWARD_TRANSITIVE", wanted: "NONE" })).toEqual([
      "r/v3.avsc new-version",
    ]);
  });

  test("tells a registration that makes no new version, and does not count it as a change", () => {
    const made = plan({ versions: [v1, v2, v1], filed: [v1, v2] });
    expect(made.subjects[0]?.registrations[0]?.answer).toEqual({
      kind: "no-op",
      sameAs: "version 1",
      latest: "version 2",
    });
    expect([hasChanges(made), hasDrift(made), isRefused(made)]).toEqual([false, false, false]);
    const before = plan({ versions: [v1, v2, v1], filed: [v1] });
    expect(before.subjects[0]?.registrations.map(({ answer }) => answer.kind)).toEqual([
      "new-version",
      "no-op",
    ]);
  });

  test.each<[string, Given, readonly string[]]>([
    ["a level that was changed", { versions: [v1], filed: [v1], level: "NONE" }, ["level subjects.json"]],
    ["a level that was never set", { versions: [v1], filed: [v1], level: null }, ["level subjects.json"]],
    ["a version that the folder lacks", { versions: [v1], filed: [v1, v2] }, ["extra-version subjects.json"]],
    [
      "another schema under the number of a file",
      { versions: [v1, v2], filed: [v1, record("R", a, { ...b, name: "c" })] },
      ["different-version r/v2.avsc"],
    ],
    [
      "a version that was deleted",
      { versions: [v1, v2], filed: [{ version: 2, text: v2 }] },
      ["missing-version r/v1.avsc"],
    ],
    ["another order", { versions: [v1, v2], filed: [v2, v1] }, ["order r/v2.avsc"]],
    [
      "a version that is no Avro",
      { versions: [v1], filed: [v1, { version: 2, text: "syntax", schemaType: "PROTOBUF" }] },
      ["unreadable-version subjects.json"],
    ],
  ])("tells %s", (_what, given, expected) => {
    expect(drifts(given)).toEqual(expected);
    expect(hasDrift(plan(given))).toBe(true);
  });

  test("registers no version behind the back of a later one", () => {
    expect(answers({ versions: [v1, v2], filed: [{ version: 2, text: v2 }] })).toEqual([]);
  });
});

describe("a plan with references", () => {
  const kind = JSON.stringify({ type: "enum", name: "Kind", namespace: "n", symbols: ["A"] });
  const order = record("Order", { name: "kind", type: "Kind" });
  const folder = files({ kind: { versions: [kind] }, order: { versions: [order] } });
  const changeset = openChangeset(folder, "s");

  test("names the versions of the folder that are referred to", () => {
    const made = createPlan(changeset, stateOf({}));
    expect(made.subjects[1]?.registrations[0]?.references).toEqual([
      { name: "n.Kind", subject: "kind-value", version: 1 },
    ]);
    expect(countChanges(made)).toEqual({ levels: 2, registrations: 2, deletions: 0 });
  });

  test("holds back what refers to a schema that is refused", () => {
    const other = JSON.stringify({ type: "enum", name: "Kind", namespace: "n", symbols: ["B"] });
    const made = createPlan(changeset, stateOf({ "kind-value": { level: "FULL", filed: [other] } }));
    expect(made.subjects.flatMap(({ registrations }) => registrations.map(({ answer }) => answer))).toEqual([
      expect.objectContaining({ kind: "incompatible" }),
      { kind: "blocked", by: "kind-value v1" },
    ]);
  });

  test("tells a circle through the order of versions", () => {
    // x v1 uses y v2, which comes after y v1, which uses x v2, which comes after x v1.
    const use = (name: string) => ({ name: "use", type: ["null", name], default: null });
    const circular = openChangeset(
      files({
        x: { versions: [record("X", use("n.Y")), record("X")] },
        y: { versions: [record("Y", use("n.X")), record("Y")] },
        free: { versions: [record("Free")] },
      }),
      "s",
    );
    const made = createPlan(circular, stateOf({}));
    expect(isRefused(made)).toBe(true);
    const blocked = made.subjects
      .flatMap(({ registrations }) => registrations)
      .filter(({ answer }) => answer.kind === "blocked");
    expect(blocked.map(({ path }) => path)).toEqual(["x/v1.avsc", "x/v2.avsc", "y/v1.avsc", "y/v2.avsc"]);
  });
});

describe("subjects that the folder lacks", () => {
  const changeset = openChangeset(files({ r: { versions: [v1] } }), "s");
  const refers = [{ name: "n.X", subject: parseSubjectName("x"), version: 1 }];
  const make = (options: PlanOptions, kept: readonly FiledSchema[] = [v1]) =>
    createPlan(
      changeset,
      stateOf({
        "r-value": { level: "FULL", filed: kept },
        x: { level: null, filed: [record("X")] },
        y: { level: null, filed: [{ version: 1, text: record("Y"), references: refers }] },
        empty: { level: "FULL", filed: [] },
      }),
      options,
    );

  test("are told, and left alone", () => {
    const made = make({});
    expect(made.extraSubjects.map(({ subject }) => subject)).toEqual(["x", "y"]);
    expect([made.deletions, hasChanges(made)]).toEqual([[], false]);
  });

  test("are deleted by prune, what refers before what is referred to", () => {
    const made = make({ prune: true });
    expect(made.deletions).toEqual([
      { subject: "y", versions: [1], blockedBy: null, mode: null },
      { subject: "x", versions: [1], blockedBy: null, mode: null },
    ]);
    expect([made.extraSubjects, hasChanges(made), isRefused(made)]).toEqual([[], true, false]);
  });

  test("are not deleted while a subject that stays refers to them", () => {
    const made = make({ prune: true }, [{ version: 1, text: v1, references: refers }]);
    expect(made.deletions.find(({ subject }) => subject === "x")?.blockedBy).toBe("r-value");
    expect(isRefused(made)).toBe(true);
  });

  test.each(reportFormats)("are in every format: %s", (format) => {
    const printed = printPlan(make({ prune: true }), files({ r: { versions: [v1] } }), format, {
      toolVersion: "1",
    });
    expect(printed).toMatch(/subject y with 1 version/);
    if (format === "json") {
      expect(JSON.parse(printed)).toMatchObject({
        refused: false,
        changes: [{ subject: "y" }, { subject: "x" }],
      });
    }
  });
});
