import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../kernel/clock.ts";
import { addRules, ask, openStream } from "./testing/client.ts";
import { anyPost, start, streamPath } from "./testing/setup.ts";

const usagePath = "/2/usage/tweets";

describe("usage", () => {
  test("is told in the documented shape, and by day when asked for", async () => {
    const clock = createManualClock(Date.UTC(2026, 0, 20, 12));
    await using x = await start({ clock, count: 30 });
    await addRules(x.url, anyPost);
    await using stream = await openStream(x.url);
    await stream.until(30);
    const data = {
      cap_reset_day: 12,
      project_cap: "3000000",
      project_id: "1000001",
      project_usage: "30",
    };
    expect((await ask(x.url + usagePath)).body).toEqual({ data });
    const usage = [{ date: "2026-01-20T00:00:00.000Z", usage: "30" }];
    expect(
      (await ask(`${x.url}${usagePath}?days=90&usage.fields=daily_project_usage,daily_client_app_usage`))
        .body,
    ).toEqual({
      data: {
        ...data,
        daily_project_usage: { project_id: "1000001", usage },
        daily_client_app_usage: [{ client_app_id: "1000001", usage, usage_result_count: 1 }],
      },
    });
    for (const query of ["?days=91", "?usage.fields=bogus", "?x=1"]) {
      expect((await ask(x.url + usagePath + query)).status).toBe(400);
    }
  });

  test.each([
    [
      "past the monthly cap",
      { limits: { postsPerMonth: 20 } },
      { status: 429, body: { title: "UsageCapExceeded", period: "Monthly", scope: "Product" } },
    ],
    ["without credits", { credits: 0.1 }, { status: 402, body: { title: "CreditsDepleted" } }],
  ])(
    "%s ends the stream after the last post that was paid for, and refuses the next",
    async (_how, options, refusal) => {
      await using x = await start({ count: 100, ...options });
      await addRules(x.url, anyPost);
      await using stream = await openStream(x.url);
      expect(await stream.ended).toBe(true);
      expect(stream.lines).toHaveLength(21);
      expect(JSON.parse(stream.lines.at(-1) ?? "")).toMatchObject({
        errors: [{ title: "operational-disconnect" }],
      });
      expect(await ask(x.url + streamPath)).toMatchObject(refusal);
      expect((await ask(`${x.url}/2/connections?status=all`)).body).toMatchObject({
        data: [{ disconnect_reason: "UsageCapExceeded" }],
      });
      expect(x.counters().apps[0]?.usage.posts).toBe(20);
    },
  );

  test("counts a post once for both redundant streams of an app", async () => {
    await using x = await start({ tier: "enterprise" });
    await addRules(x.url, "kafka");
    await using first = await openStream(x.url);
    await using second = await openStream(x.url);
    const body = JSON.stringify(Array.from({ length: 5 }, () => ({ text: "kafka" })));
    await fetch(`${x.controlUrl}/posts`, { method: "POST", body });
    await Promise.all([first.until(5), second.until(5)]);
    expect(x.counters().apps[0]).toMatchObject({ usage: { posts: 5 }, ledger: { matched: 10 } });
  });
});
