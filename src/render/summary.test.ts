import { describe, expect, test } from "@jest/globals";
import { renderProgress, renderSummary } from "./summary.ts";

describe("renderSummary", () => {
  test("aligns values by the columns of their labels", () => {
    expect(
      renderSummary([
        ["received", 500],
        ["日本", "none"],
        ["dead-lettered", 0],
      ]),
    ).toBe("  received       500\n  日本           none\n  dead-lettered  0\n");
  });

  test("is empty without rows", () => {
    expect(renderSummary([])).toBe("");
  });

  test("neutralises what it is given", () => {
    expect(renderSummary([["a\u001b", "b\nc"]])).toBe("  a\\u001b  b\\nc\n");
  });
});

describe("renderProgress", () => {
  const rows = [
    ["received", 500],
    ["printed", 480],
    ["tweets/s", 120],
  ] as const;

  test("puts rows on one line", () => {
    expect(renderProgress(rows)).toBe("received 500 · printed 480 · tweets/s 120");
  });

  test("leaves out whole rows from the end where they do not fit", () => {
    expect(renderProgress(rows, 25)).toBe("received 500");
    expect(renderProgress(rows, 26)).toBe("received 500 · printed 480");
  });
});
