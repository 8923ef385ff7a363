import { expect, test } from "@jest/globals";
import { countTests, printCount } from "./count-tests.ts";

const suite = (
  name: string,
  statuses: readonly string[],
  { status = "passed", title = "" }: { status?: string; title?: string } = {},
) => ({
  name,
  status,
  assertionResults: statuses.map((one, at) => ({
    status: one,
    fullName: `${name} ${at}`,
    ancestorTitles: title === "" ? [] : [title],
  })),
});

const report = (label: string, ...testResults: ReturnType<typeof suite>[]) => ({ label, testResults });

test("sums up what passed, failed and was skipped, and names the skipped ones", () => {
  const one = report(
    "",
    suite("a", ["passed", "passed", "pending"]),
    suite("b", ["failed", "todo", "passed"], { status: "failed" }),
  );
  expect(printCount(countTests([one]))).toBe(
    [
      "skipped 1: a 2",
      "skipped 1: b 1",
      "unit  3 passed, 1 failed, 2 skipped",
      "3 passed, 1 failed, 2 skipped\n",
    ].join("\n"),
  );
});

test("has a line for each suite and target: as the title says, or else the label of the report", () => {
  const kafka = "/x/integration-tests/contract/kafka-groups.test.ts";
  const reports = [
    report("", suite("/x/src/a.test.ts", ["passed"])),
    report(
      "",
      suite(kafka, ["passed", "passed"], { title: "A group, on the emulator" }),
      suite("/x/integration-tests/journeys/a.test.ts", ["passed"]),
    ),
    report(
      "containers",
      suite(kafka, ["passed"], { title: "A group, on containers [skipped: no]" }),
      suite("/x/integration-tests/security/tls.test.ts", ["failed"], { title: "TLS" }),
      suite("/x/integration-tests/documentation.test.ts", ["passed"]),
    ),
  ];
  expect(printCount(countTests(reports)).split("\n").slice(0, -2)).toEqual([
    "contract/kafka, on containers    1 passed, 0 failed, 0 skipped",
    "contract/kafka, on the emulator  2 passed, 0 failed, 0 skipped",
    "documentation, on containers     1 passed, 0 failed, 0 skipped",
    "journeys                         1 passed, 0 failed, 0 skipped",
    "security, on containers          0 passed, 1 failed, 0 skipped",
    "unit                             1 passed, 0 failed, 0 skipped",
  ]);
});

test("a later run of a suite stands for the earlier one under the same label", () => {
  const first = report("", suite("a", ["passed"]), suite("clients", ["pending", "pending"]));
  const second = report("", suite("clients", ["passed", "passed"]));
  expect(countTests([first, second])).toMatchObject({ passed: 3, failed: 0, skipped: 0 });
  expect(countTests([first, { ...second, label: "other" }])).toMatchObject({ passed: 3, skipped: 2 });
});

test("a suite that could not start is one failure, and an empty one that passed is none", () => {
  const one = report("", suite("broken", [], { status: "failed" }), suite("empty", []));
  expect(countTests([one])).toMatchObject({ passed: 0, failed: 1, skipped: 0 });
});

test("steps that are no tests count when they failed", () => {
  expect(printCount(countTests([], 2))).toBe("0 passed, 2 failed, 0 skipped\n");
});

test("skipped tests are named by their outermost title, which says why", () => {
  const title = "a tool [skipped: not there]";
  const one = report("", suite("grouped", ["pending", "passed", "pending"], { title }));
  expect(printCount(countTests([one]))).toContain("skipped 2: a tool [skipped: not there]\n");
});
