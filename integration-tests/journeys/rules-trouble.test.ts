/**
 * `birdwire rules` against an X that makes trouble, or is not there.
 */
import { text as readText } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import { runBirdwireHere } from "../support/birdwire-here.ts";
import { listen, openRulesDesk } from "../support/rules-desk.ts";

describe("an X that", () => {
  const problem = (status: number, title: string) => ({
    status,
    body: JSON.stringify({ title, detail: title }),
  });
  test.each<[string, { status: number; body: string }, number, RegExp]>([
    [
      "refuses the token",
      problem(401, "Unauthorized"),
      5,
      /does not accept the bearer token.*X_BEARER_TOKEN/s,
    ],
    ["gives no access", problem(403, "client-forbidden"), 5, /no access/],
    ["has no credits", problem(402, "CreditsDepleted"), 6, /no credits are left|has no credits left/],
    [
      "limits the rate",
      problem(429, "Too Many Requests"),
      4,
      /limits the rate.*; its rate window ends in 100 s/,
    ],
    ["is down", problem(503, "Service Unavailable"), 4, /could not answer/],
    ["is a web page", { status: 200, body: "<html>" }, 4, /connection to X at .* broke|could not answer/],
  ])("%s is told by every command in a sentence", async (_title, answer, code, message) => {
    await using server = await listen((request, response) => {
      request.resume();
      const headers = {
        "content-type": "application/json",
        date: new Date(1_767_225_500_000).toUTCString(),
        "x-rate-limit-reset": "1767225600",
      };
      response.writeHead(answer.status, headers).end(answer.body);
    });
    await using desk = await openRulesDesk();
    await desk.write("- {tag: a, value: cat}\n");
    for (const command of ["plan", "apply", "list"]) {
      const result = await desk.rules(command, "--x-url", server.url);
      expect({ command, code: result.code, stdout: result.stdout }).toEqual({ command, code, stdout: "" });
      expect(result.stderr).toMatch(message);
    }
  });

  test("fails half-way has what was done told, and the next apply does the rest", async () => {
    await using desk = await openRulesDesk();
    await desk.add({ value: "old", tag: "birdwire:old" }, { value: "older", tag: "birdwire:older" });
    await desk.write("- {tag: a, value: cat}\n- {tag: older, value: dog}\n");
    // Adds pass, and deletes meet an X that is down.
    await using server = await listen(async (request, response) => {
      const body = await readText(request);
      if (body.includes('"delete"')) return void response.writeHead(503).end("{}");
      const { headers, method = "GET", url = "/" } = request;
      const answer = await fetch(`${desk.url}${url}`, {
        method,
        headers: { authorization: `${headers.authorization}`, "content-type": "application/json" },
        ...(method === "GET" ? {} : { body }),
      });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    });
    const broken = await desk.rules("apply", "--x-url", server.url);
    expect(broken.code).toBe(4);
    expect(broken.stderr).toMatch(
      /stopped half-way: 2 added, 0 removed; `birdwire rules apply` does what is left/,
    );
    expect(broken.stderr).toMatch(/could not answer its rules/);
    expect(await desk.rules("apply")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: 2 to remove, 2 unch/),
    });
    expect(await desk.held()).toEqual(["birdwire:a cat", "birdwire:older dog"]);
  });

  test.each<[string, number, RegExp]>([
    ["rules-500@call=1", 4, /could not answer its rules: 500/],
    ["rules-503@call=2", 4, /could not answer its rules: 503/],
    [
      "rules-429@call=3",
      4,
      /limits the rate .*its rate window ends at 20.*stopped half-way|stopped half-way.*limits/s,
    ],
    ["rules-401@call=1", 5, /does not accept the bearer token/],
    ["rules-partial", 4, /stopped half-way: 1 added, 0 removed/],
    ["rules-cap", 2, /takes no more rules/],
  ])("plays %s is told, and the next apply ends as it should", async (scenario, code, message) => {
    await using desk = await openRulesDesk({}, scenario);
    await desk.write("- {tag: a, value: cat}\n- {tag: b, value: dog}\n");
    const first = await desk.rules("apply");
    expect(first.stderr).toMatch(message);
    expect(first.code).toBe(code);
    while ((await desk.rules("apply")).code !== 0) expect(scenario).toMatch(/503/);
    expect(await desk.held()).toEqual(["birdwire:a cat", "birdwire:b dog"]);
  });

  test("has a rule that was not there a moment ago ends well", async () => {
    await using desk = await openRulesDesk({}, "rules-duplicate");
    await desk.write("- {tag: a, value: cat}\n- {tag: b, value: dog}\n");
    expect(await desk.rules("apply")).toMatchObject({ code: 0 });
    expect(await desk.held()).toHaveLength(2);
  });

  test("is not there, and a missing token, are told, too", async () => {
    await using desk = await openRulesDesk();
    await desk.write("- {tag: a, value: cat}\n");
    expect(await desk.rules("plan", "--x-url", "http://127.0.0.1:9")).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/cannot be reached.*birdwire up/s),
    });
    const args = ["rules", "plan", "--rules", "docs/samples/rules.yaml"];
    expect(await runBirdwireHere(args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/X_BEARER_TOKEN/),
    });
  });
});
