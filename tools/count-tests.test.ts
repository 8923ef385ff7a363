import { expect, test } from "@jest/globals";
import { countTests, printCount } from "./count-tests.ts";

const suite = (name: string, statuses: readonly string[], status = "passed") => ({
  name,
  status,
  assertionResults: statuses.map((one, at) => ({
    status: one,
    fullName: `${name} ${at}`,
    ancestorTitles: name === "grouped" ? ["a tool [skipped: not there]"] : [],
  })),
});

test("sums up what passed, failed and was skipped, and names the skipped ones", () => {
  const report = {
    testResults: [
      suite("a", ["passed", "passed", "pending"]),
      suite("b", ["failed", "todo", "passed"], "failed"),
    ],
  };
  expect(printCount(countTests([report]))).toBe(
    "skipped 1: a 2\nskipped 1: b 1\n3 passed, 1 failed, 2 skipped\n",
  );
});

test("a later run of a suite stands for the earlier one", () => {
  const first = { testResults: [suite("a", ["passed"]), suite("clients", ["pending", "pending"])] };
  const second = { testResults: [suite("clients", ["passed", "passed"])] };
  expect(countTests([first, second])).toMatchObject({ passed: 3, failed: 0, skipped: 0 });
});

test("a suite that could not start is one failure, and an empty one that passed is none", () => {
  const report = { testResults: [suite("broken", [], "failed"), suite("empty", [])] };
  expect(countTests([report])).toMatchObject({ passed: 0, failed: 1, skipped: 0 });
});

test("steps that are no tests count when they failed", () => {
  expect(printCount(countTests([], 2))).toBe("0 passed, 2 failed, 0 skipped\n");
});

test("skipped tests are named by their outermost title, which says why", () => {
  const report = { testResults: [suite("grouped", ["pending", "passed", "pending"])] };
  expect(printCount(countTests([report]))).toBe(
    "skipped 2: a tool [skipped: not there]\n1 passed, 0 failed, 2 skipped\n",
  );
});
