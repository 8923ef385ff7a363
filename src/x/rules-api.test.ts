import { describe, expect, test } from "@jest/globals";
import { readProblem } from "./problem.ts";
import { createRulesApi } from "./rules-api.ts";
import type { XAnswer, XApi } from "./twitter-api.ts";

function apiOf(answer: XAnswer, signal?: AbortSignal) {
  const api: XApi = {
    url: "http://x",
    connect: () => Promise.reject(new Error("nobody connects here")),
    call: () => Promise.resolve(answer),
  };
  return createRulesApi({ api, ...(signal === undefined ? {} : { signal }) });
}

const failed = (status: number, body: object): XAnswer => ({
  kind: "failed",
  failure: { kind: "http", status, problem: readProblem(body), resetInMs: null, retryAfterMs: null },
});

const cat = { tag: "a", value: "cat" };

describe("the rules endpoint", () => {
  test("may tell of its cap by refusing the whole request, as users see it do", async () => {
    const api = apiOf(failed(422, { title: "RulesCapExceeded", detail: "at most 5" }));
    expect(await api.add([cat], { dryRun: false })).toMatchObject({ capped: [cat], capDetail: "at most 5" });
    await expect(apiOf(failed(400, { title: "Invalid Request" })).list()).rejects.toMatchObject({
      code: "x-invalid-request",
    });
  });

  test.each([
    [
      "integers",
      { cap_per_client_app: 10, client_app_rules_count: { rule_count: 4 } },
      { used: 4, cap: 10, room: 6 },
    ],
    [
      "strings",
      { cap_per_client_app: "10", client_app_rules_count: { rule_count: "4" } },
      { used: 4, cap: 10, room: 6 },
    ],
    [
      "less room in the project",
      {
        cap_per_client_app: 10,
        client_app_rules_count: { rule_count: 4 },
        cap_per_project: "12",
        project_rules_count: 10,
      },
      { used: 4, cap: 10, room: 2 },
    ],
    [
      "more rules than the cap",
      { cap_per_client_app: 10, client_app_rules_count: { rule_count: 14 } },
      { used: 14, cap: 10, room: 0 },
    ],
    ["nothing", {}, null],
    ["nonsense", { cap_per_client_app: "ten", client_app_rules_count: { rule_count: -1 } }, null],
  ])("counts in %s", async (_title, data, counts) => {
    expect(await apiOf({ kind: "ok", body: { data } }).count()).toEqual(counts);
  });

  test("that does not count is no failure, but a stop is one", async () => {
    expect(await apiOf(failed(404, {})).count()).toBeNull();
    const stopped = AbortSignal.abort();
    await expect(apiOf({ kind: "failed", failure: { kind: "aborted" } }, stopped).count()).rejects.toThrow(
      /stopped/,
    );
  });
});
