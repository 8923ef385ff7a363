// The X emulator held against a client that knows nothing of it: twitter-api-v2's own wrappers of rules and stream.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { describe, expect, test } from "@jest/globals";
import { ApiResponseError, ETwitterStreamEvent, type TweetStream, TwitterApi } from "twitter-api-v2";
import { startXEmulator, type XEmulatorOptions } from "../../src/emulators/x/start.ts";
import { createAuthority } from "../../src/kernel/testing/certificates.ts";

const start = (options: Partial<XEmulatorOptions> = {}) =>
  startXEmulator({ source: { kind: "generated", count: 200, ratePerSecond: "max" }, ...options });

function clientOf(url: string, { token = "any", ca = "" } = {}) {
  const toEmulator = ({ params }: { params: { url: string } }) => {
    params.url = params.url.replace("https://api.x.com", url);
  };
  const plugin = { onBeforeRequestConfig: toEmulator, onBeforeStreamRequestConfig: toEmulator };
  const httpAgent = ca === "" ? new HttpAgent() : (new HttpsAgent({ ca }) as HttpAgent);
  return new TwitterApi(token, { httpAgent, plugins: [plugin] }).v2;
}

const anyPost = "python OR BTS OR typescript OR kafka";

/** So many posts, as the library gives them out. */
async function take(stream: TweetStream<{ data: { id: string; text: string } }>, count: number) {
  const posts: { data: { id: string; text: string }; includes?: unknown; matching_rules?: unknown }[] = [];
  const taken = new Promise<void>((resolve, reject) => {
    stream.on(ETwitterStreamEvent.Data, (post) => {
      posts.push(post);
      if (posts.length === count) resolve();
    });
    stream.on(ETwitterStreamEvent.ConnectionClosed, () => reject(new Error("closed")));
  });
  await stream.connect({ autoReconnect: false });
  await taken;
  return posts;
}

describe("twitter-api-v2's wrappers, pointed at the emulator", () => {
  test("add, list, count and delete rules", async () => {
    await using x = await start();
    const v2 = clientOf(x.url);
    expect((await v2.streamRules()).data).toBeUndefined();
    const dry = await v2.updateStreamRules({ add: [{ value: "cat" }] }, { dry_run: true });
    expect(dry.meta.summary).toMatchObject({ created: 1, not_created: 0 });
    const added = await v2.updateStreamRules({
      add: [{ value: "cat has:images", tag: "cats" }, { value: "dog or bird" }, { value: "cat has:images" }],
    });
    expect(added.meta.summary).toMatchObject({ created: 1, not_created: 2 });
    expect(added.data).toMatchObject([{ value: "cat has:images", tag: "cats" }]);
    expect(added.errors).toMatchObject([{ title: "UnprocessableEntity" }, { title: "DuplicateRule" }]);
    const { data } = await v2.streamRules();
    expect(data).toEqual(added.data);
    expect(await v2.get("tweets/search/stream/rules/counts")).toMatchObject({
      data: { client_app_rules_count: { rule_count: 1 } },
    });
    const deleted = await v2.updateStreamRules({ delete: { ids: data.map(({ id }) => id) } });
    expect(deleted.meta.summary).toMatchObject({ deleted: 1, not_deleted: 0 });
    expect((await v2.streamRules()).data).toBeUndefined();
  });

  test("read the stream with fields, expansions and compression", async () => {
    await using x = await start();
    const v2 = clientOf(x.url);
    await v2.updateStreamRules({ add: [{ value: anyPost, tag: "any" }] });
    const stream = v2.searchStream({
      autoConnect: false,
      "tweet.fields": ["created_at", "lang"],
      expansions: ["author_id"],
      "user.fields": ["verified"],
    });
    const posts = await take(stream, 150);
    for (const { data, includes, matching_rules: rules } of posts) {
      expect(data).toMatchObject({ id: expect.any(String), created_at: expect.any(String) });
      expect(includes).toMatchObject({ users: [{ verified: expect.any(Boolean) }] });
      expect(rules).toMatchObject([{ tag: "any" }]);
    }
    stream.close();
  });

  test("see who is connected, what was read, and kill a connection that is in the way", async () => {
    await using x = await start({ token: "one", apps: [{ token: "two", tier: "enterprise" }] });
    const v2 = clientOf(x.url, { token: "one" });
    await v2.updateStreamRules({ add: [{ value: anyPost }] });
    const stream = v2.searchStream({ autoConnect: false });
    await take(stream, 150);
    const refused = await v2
      .searchStream({ autoConnect: false })
      .connect()
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiResponseError);
    expect(refused).toMatchObject({
      code: 429,
      rateLimit: { limit: 50, remaining: 48 },
      data: { connection_issue: "TooManyConnections" },
    });
    expect(await v2.get("connections")).toMatchObject({ data: [{ endpoint_name: "filtered_stream" }] });
    expect(await clientOf(x.url, { token: "two" }).get("connections")).toMatchObject({
      meta: { result_count: 0 },
    });
    const over = new Promise((resolve) => stream.on(ETwitterStreamEvent.ConnectionError, resolve));
    expect(await v2.delete("connections/all")).toMatchObject({ data: { successful_kills: 1 } });
    await over;
    const usage = (await v2.get("usage/tweets")) as { data: { project_usage: string } };
    expect(Number(usage.data.project_usage)).toBeGreaterThanOrEqual(150);
  });

  test("reach it over TLS, with its authority", async () => {
    const authority = createAuthority("Birdwire test authority");
    const { cert, key } = authority.issue({ name: "localhost" });
    await using x = await start({ tls: { cert, key } });
    expect(x.url).toMatch(/^https:/);
    await expect(
      clientOf(x.url, { ca: createAuthority("another").certificate }).streamRules(),
    ).rejects.toThrow();
    const v2 = clientOf(x.url, { ca: authority.certificate });
    await v2.updateStreamRules({ add: [{ value: anyPost }] });
    const stream = v2.searchStream({ autoConnect: false });
    expect((await take(stream, 150)).length).toBeGreaterThanOrEqual(150);
    stream.close();
    await x.ledger.quiet();
  });
});
