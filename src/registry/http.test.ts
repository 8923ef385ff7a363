import { describe, expect, test } from "@jest/globals";
import { parseSchemaId, parseSubjectName } from "../kernel/brand.ts";
import { type Clock, createSystemClock } from "../kernel/clock.ts";
import { createRegistryAdministration } from "./administration.ts";
import { createRegistryClient, type RegistryClient } from "./client.ts";
import { backOffMs, parseRetryAfterMs } from "./retry.ts";
import { refused, type Scripted, startScriptedRegistry } from "./testing/scripted-registry.ts";

const subject = parseSubjectName("twitter-value");
const schemaText = '{"type":"record","name":"R","fields":[]}';
const ok = (body: unknown): Scripted => ({ status: 200, body });

/** Waits take no time and are kept; time limits run as they do. */
function createNotedClock(): Clock & { readonly waits: number[] } {
  const real = createSystemClock();
  const waits: number[] = [];
  let passedMs = 0;
  return {
    ...real,
    waits,
    now: () => real.now() + passedMs,
    async sleep(ms) {
      waits.push(ms);
      passedMs += ms;
    },
  };
}

/** Answers with one after the other; the last one stays. */
function inTurn(...answers: readonly Scripted[]) {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)] ?? "drop";
}

const acts: Readonly<Record<string, (client: RegistryClient) => Promise<unknown>>> = {
  versions: (client) => client.versions(subject),
  schemaById: (client) => client.schemaById(parseSchemaId(7)),
  setLevel: (client) => client.setLevel(subject, "FULL"),
  lookUp: (client) => client.lookUp(subject, schemaText),
};
const good: Readonly<Record<string, unknown>> = {
  versions: [1],
  schemaById: { schema: schemaText },
  setLevel: { compatibility: "FULL" },
  lookUp: { id: 7, version: 1 },
};

describe("what may pass is tried again", () => {
  const passing: readonly (readonly [string, Scripted])[] = [
    ["408", refused(408, 408)],
    ["425", refused(425, 425)],
    ["429", refused(429, 429)],
    ["500", refused(500, 50001)],
    ["502 from a proxy", { status: 502, text: "<html>" }],
    ["503", refused(503, 503)],
    ["a broken connection", "drop"],
  ];
  test.each(
    Object.keys(acts).flatMap((name) => passing.map(([what, answer]) => [name, what, answer] as const)),
  )("%s after %s", async (name, _what, answer) => {
    await using server = await startScriptedRegistry(inTurn(answer, answer, ok(good[name])));
    const clock = createNotedClock();
    const client = createRegistryClient({ url: server.url, clock, random: () => 0 });
    await acts[name]?.(client);
    expect(server.asked).toHaveLength(3);
    expect(clock.waits).toEqual([100, 200]);
  });

  test("registering, by both of its requests, with the same body", async () => {
    const failed = new Set<string>();
    await using server = await startScriptedRegistry(({ method, path }) => {
      const key = `${method} ${path}`;
      if (!failed.has(key)) {
        failed.add(key);
        return refused(503, 503);
      }
      return method === "GET" ? refused(404, 40408) : ok({ id: 7 });
    });
    const client = createRegistryClient({ url: server.url, clock: createNotedClock() });
    expect(await client.register(subject, schemaText)).toEqual({ id: 7 });
    const posts = server.asked.filter(({ method }) => method === "POST");
    expect(posts.map(({ body }) => body)).toEqual([{ schema: schemaText }, { schema: schemaText }]);
  });

  test("four times in all, and then the registry's words are told", async () => {
    await using server = await startScriptedRegistry(() => refused(500, 50001, "no leader"));
    const clock = createNotedClock();
    const client = createRegistryClient({ url: server.url, clock, random: () => 0 });
    await expect(client.versions(subject)).rejects.toMatchObject({
      code: "registry-failed",
      retriable: true,
      message: expect.stringContaining("no leader (50001)"),
      details: { status: 500, errorCode: 50001 },
    });
    expect(server.asked).toHaveLength(4);
    expect(clock.waits).toEqual([100, 200, 400]);
  });

  test.each([
    ["400", { status: 400, body: {} }],
    ["401", refused(401, 401)],
    ["403", refused(403, 403)],
    ["404", refused(404, 404)],
    ["409", refused(409, 40901)],
    ["422", refused(422, 42201)],
    ["HTML", { status: 200, text: "<html>" }],
    ["a redirect", { status: 302, text: "" }],
  ] as const)("and nothing else: %s is not", async (_what, answer) => {
    await using server = await startScriptedRegistry(() => answer);
    const client = createRegistryClient({ url: server.url, clock: createNotedClock() });
    await expect(client.versions(subject)).rejects.toMatchObject({ retriable: false });
    expect(server.asked).toHaveLength(1);
  });

  test.each([
    ["a lost answer", "drop", 1],
    ["500", refused(500, 50001), 1],
    ["429, which comes before any work", refused(429, 429), 2],
  ] as const)(
    "a deletion is not repeated where it may have been done: %s",
    async (_what, answer, requests) => {
      await using server = await startScriptedRegistry(inTurn(answer, ok([1])));
      const registry = createRegistryAdministration({ url: server.url, clock: createNotedClock() });
      await registry.deleteSubject(subject).catch(() => null);
      expect(server.asked).toHaveLength(requests);
    },
  );
});

describe("Retry-After", () => {
  const busy = (retryAfter: string): Scripted => ({
    status: 429,
    body: { error_code: 429, message: "slow down" },
    headers: { "Retry-After": retryAfter },
  });

  test("is waited for", async () => {
    await using server = await startScriptedRegistry(inTurn(busy("3"), ok([1])));
    const clock = createNotedClock();
    expect(await createRegistryClient({ url: server.url, clock }).versions(subject)).toEqual([1]);
    expect(clock.waits).toEqual([3000]);
  });

  test("that is longer than the time there is ends at once, and is told", async () => {
    await using server = await startScriptedRegistry(inTurn(busy("3600"), ok([1])));
    const clock = createNotedClock();
    await expect(createRegistryClient({ url: server.url, clock }).versions(subject)).rejects.toMatchObject({
      code: "registry-failed",
      message: expect.stringMatching(/slow down.*come back in 3600 s/),
      details: { status: 429, retryAfterMs: 3_600_000 },
    });
    expect(clock.waits).toEqual([]);
  });

  const now = Date.UTC(2026, 0, 1);
  test.each([
    ["7", 7000],
    [new Date(now + 5000).toUTCString(), 5000],
    [new Date(now - 5000).toUTCString(), 0],
    ["soon", 0],
    [undefined, 0],
  ])("%j is %i ms", (text, ms) => {
    expect(parseRetryAfterMs(text, now)).toBe(ms);
  });
});

describe("time", () => {
  test("waits double up to two seconds, less up to a half", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((round) => backOffMs(round, () => 0))).toEqual([
      100, 200, 400, 800, 1600, 2000, 2000,
    ]);
    expect(backOffMs(1, () => 0.999)).toBeCloseTo(50, 0);
  });

  test("a registry that was silent for the whole time limit is not waited for again", async () => {
    await using server = await startScriptedRegistry(() => "hang");
    const client = createRegistryClient({ url: server.url, timeoutMs: 50, clock: createNotedClock() });
    await expect(client.versions(subject)).rejects.toMatchObject({
      code: "registry-timeout",
      message: expect.stringContaining("no answer within 50 ms"),
    });
    expect(server.asked).toHaveLength(1);
  });

  test("repetitions end when the time for all of them is over", async () => {
    await using server = await startScriptedRegistry(() => refused(503, 503));
    const clock = createNotedClock();
    const client = createRegistryClient({
      url: server.url,
      clock,
      random: () => 0,
      maxRetries: 1000,
      totalMs: 4000,
    });
    await expect(client.versions(subject)).rejects.toMatchObject({ code: "registry-failed" });
    const waited = clock.waits.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThan(1000);
    expect(waited).toBeLessThan(4000);
  });

  test("an answer that never ends counts as none", async () => {
    await using server = await startScriptedRegistry(() => ({
      status: 200,
      text: "[1",
      headers: { "Content-Length": "100" },
    }));
    const client = createRegistryClient({ url: server.url, timeoutMs: 50, clock: createNotedClock() });
    await expect(client.versions(subject)).rejects.toMatchObject({ code: "registry-timeout" });
  });
});

describe("several addresses", () => {
  test.each<[string, Scripted]>([
    ["is down", "drop"],
    ["is busy", refused(503, 503)],
    ["is silent", "hang"],
  ])("the next is asked at once when one %s, and stays first", async (_what, answer) => {
    await using bad = await startScriptedRegistry(() => answer);
    await using fine = await startScriptedRegistry(() => ok([1]));
    const clock = createNotedClock();
    const client = createRegistryClient({ url: `${bad.url},${fine.url}`, timeoutMs: 50, clock });
    expect(await client.versions(subject)).toEqual([1]);
    expect(await client.versions(subject)).toEqual([1]);
    expect([bad.asked.length, fine.asked.length]).toEqual([1, 2]);
    expect(clock.waits).toEqual([]);
  });

  test("the library's requests go to the one that answers, too", async () => {
    await using bad = await startScriptedRegistry(() => "drop");
    await using fine = await startScriptedRegistry(() => ok({ schema: schemaText }));
    const client = createRegistryClient({ url: `${bad.url}, ${fine.url}/` });
    expect(await client.schemaById(parseSchemaId(7))).toMatchObject({ schemaText });
  });

  test("a refusal is an answer: the others are not asked for another", async () => {
    await using first = await startScriptedRegistry(() => refused(403, 403));
    await using second = await startScriptedRegistry(() => ok([1]));
    const client = createRegistryClient({ url: `${first.url},${second.url}` });
    await expect(client.versions(subject)).rejects.toMatchObject({ code: "registry-forbidden" });
    expect(second.asked).toEqual([]);
  });

  test("none that answers is told of each", async () => {
    await using one = await startScriptedRegistry(() => "hang");
    await using two = await startScriptedRegistry(() => refused(500, 50002, "no leader"));
    const url = `${one.url},${two.url}`;
    const client = createRegistryClient({ url, timeoutMs: 50, clock: createNotedClock() });
    const error = await client.versions(subject).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "registry-failed",
      details: {
        failures: [
          { code: "registry-timeout", url: expect.stringContaining(one.url) },
          { code: "registry-failed", status: 500, errorCode: 50002 },
        ],
      },
    });
    for (const part of [one.url, two.url, "no answer within 50 ms", "no leader"]) {
      expect(String(error)).toContain(part);
    }
    expect([one.asked.length, two.asked.length]).toEqual([1, 4]);
  });

  test.each(["http://a,,http://b", "http://a,ftp://b", "http://a,http://user:pw@b", ","])(
    "%j is no list of addresses",
    (url) => {
      expect(() => createRegistryClient({ url })).toThrow(
        expect.objectContaining({ code: "invalid-registry-address" }),
      );
    },
  );
});

test("a redirect is named without its query, and not followed", async () => {
  await using elsewhere = await startScriptedRegistry(() => ok([1]));
  await using server = await startScriptedRegistry(() => ({
    status: 302,
    text: "",
    headers: { Location: `${elsewhere.url}/login?token=s3cret` },
  }));
  const error = await createRegistryClient({ url: server.url })
    .versions(subject)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "unexpected-answer", details: { status: 302 } });
  expect(String(error)).toContain(`it redirects to ${elsewhere.url}/login (302)`);
  expect(String(error)).not.toContain("s3cret");
  expect(elsewhere.asked).toEqual([]);
});

test("the library's retries are those of others in the process, and stay as they are", async () => {
  await using server = await startScriptedRegistry(() => refused(500, 50001));
  const client = createRegistryClient({ url: server.url, maxRetries: 0 });
  await expect(client.schemaById(parseSchemaId(7))).rejects.toMatchObject({ code: "registry-failed" });
  expect(server.asked).toHaveLength(1);
  const { SchemaRegistry } = await import("@kafkajs/confluent-schema-registry");
  await expect(new SchemaRegistry({ host: server.url }).getSchema(7)).rejects.toBeDefined();
  expect(server.asked).toHaveLength(1 + 4);
});
