/**
 * `birdwire doctor` on servers that are as they should be, and on those that are not.
 */

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseTopicName } from "../../src/kernel/brand.ts";
import type { Finding } from "../../src/operations/doctor/finding.ts";
import { repositoryRoot } from "../support/birdwire.ts";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";
import { adapterOf } from "../support/kafka-clients.ts";

const sample = `${repositoryRoot}docs/samples/posts.ndjson`;
const nowhere = {
  BIRDWIRE_BROKERS: "127.0.0.1:1",
  BIRDWIRE_REGISTRY_URL: "http://127.0.0.1:1",
  BIRDWIRE_X_URL: "http://127.0.0.1:1",
  X_BEARER_TOKEN: "journey",
};
let state = "";

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "birdwire-doctor-"));
});
afterAll(() => rm(state, { recursive: true }));

async function doctor(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const line = ["doctor", "--format", "json", "--state", state, ...args];
  const { code, stdout, stderr } = await runBirdwireHere(line, { env });
  const report = JSON.parse(stdout) as { ok: boolean; exitCode: number; findings: readonly Finding[] };
  expect([report.exitCode, report.ok]).toEqual([code, code === 0]);
  expect(stdout + stderr).not.toContain(env.X_BEARER_TOKEN);
  const of = (check: string) => report.findings.find((finding) => finding.check === check);
  return { code, findings: report.findings, of };
}

test("all is well where something has been produced", async () => {
  await using up = await startEmulatorsHere();
  await runBirdwireHere(["produce", "--replay", sample], { env: up.env });
  await runBirdwireHere(["produce", "--rule", "a=python", "--max-tweets", "1"], { env: up.env });
  const { code, findings } = await doctor(up.env);
  expect(findings.filter(({ status }) => status !== "ok")).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual([
    "x token",
    "x access",
    "x rules",
    "x streams",
    "clock",
    "broker",
    "topic twitter",
    "dead letters twitter.dlq",
    "registry",
    "subject twitter-value",
    "subject twitter.dlq-value",
    "state folder",
  ]);
  expect(code).toBe(0);
  const { stdout } = await runBirdwireHere(["doctor", "--state", state], { env: up.env });
  expect(stdout).toMatch(
    /^ok {4}topic twitter +3 partitions, 1 replica, 1 in sync, compact,delete, kept for 7 days$/m,
  );
  expect(stdout).toMatch(/^0 fail, 0 warn, 12 ok$/m);
});

test("what is not there yet, or not as it should be, is a warning with the way out", async () => {
  await using up = await startEmulatorsHere();
  const { code, findings, of } = await doctor(up.env);
  expect(of("topic twitter")).toMatchObject({ status: "warn", remedy: expect.stringContaining("produce") });
  expect(of("subject twitter-value")).toMatchObject({
    status: "warn",
    remedy: expect.stringContaining("schemas register"),
  });
  expect(of("x rules")).toMatchObject({ status: "warn", remedy: expect.stringContaining("--rule") });
  expect(findings.filter(({ status }) => status === "fail")).toEqual([]);
  expect(code).toBe(0);

  {
    await using admin = await adapterOf(up.addresses.brokers).openAdmin();
    await admin.createTopic({ topic: parseTopicName("twitter"), partitions: 2 });
  }
  await fetch(`${up.addresses.registryUrl}/mode?force=true`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ mode: "READONLY" }),
  });
  const later = await doctor(up.env, ["--skip-x"]);
  expect(later.of("topic twitter")).toMatchObject({
    status: "warn",
    message: expect.stringContaining("cleanup.policy=delete"),
    remedy: expect.stringContaining("kafka-configs"),
  });
  expect(later.of("registry")).toBeDefined();
  expect(later.findings).toContainEqual(
    expect.objectContaining({
      check: "registry",
      status: "warn",
      message: expect.stringContaining("READONLY"),
    }),
  );
  expect(later.of("x token")).toBeUndefined();
});

describe("one server that is down takes nothing from the others", () => {
  test.each([
    ["BIRDWIRE_BROKERS", "broker", 4],
    ["BIRDWIRE_REGISTRY_URL", "registry", 4],
    ["BIRDWIRE_X_URL", "x", 4],
  ] as const)("%s", async (variable, check, exitCode) => {
    await using up = await startEmulatorsHere();
    const { code, findings, of } = await doctor({ ...up.env, [variable]: nowhere[variable] });
    const failed = findings.filter(({ status }) => status === "fail");
    expect(failed).toEqual([
      expect.objectContaining({ check, exitCode, message: expect.stringContaining("127.0.0.1:1") }),
    ]);
    expect(code).toBe(exitCode);
    for (const other of ["broker", "registry", "x token"].filter((name) => !name.startsWith(check))) {
      expect(of(other)?.status).toBe("ok");
    }
  });

  test("all of them down is told of each", async () => {
    const { code, findings } = await doctor(nowhere, ["--timeout", "1s"]);
    const failed = findings.filter(({ status }) => status === "fail").map(({ check }) => check);
    expect(failed).toEqual(["x", "broker", "registry"]);
    expect(code).toBe(4);
  });
});

test("servers that take a connection and say nothing do not make it hang", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  const startedAt = performance.now();
  const { code, findings } = await doctor(
    {
      BIRDWIRE_BROKERS: `127.0.0.1:${port}`,
      BIRDWIRE_REGISTRY_URL: `http://127.0.0.1:${port}`,
      BIRDWIRE_X_URL: `http://127.0.0.1:${port}`,
      X_BEARER_TOKEN: "journey",
    },
    ["--timeout", "1s"],
  );
  expect(performance.now() - startedAt).toBeLessThan(8000);
  const failed = findings.filter(({ status }) => status === "fail").map(({ check }) => check);
  expect(failed).toEqual(["x", "broker", "registry"]);
  expect(code).toBe(4);
  silent.closeAllConnections();
  silent.close();
});

describe("X", () => {
  test("that refuses the token is a failure with 5, and no token one with 2", async () => {
    await using up = await startEmulatorsHere(["--x-token", "the-right-token"]);
    const wrong = await doctor({ ...up.env, X_BEARER_TOKEN: "the-wrong-token" });
    expect(wrong.of("x token")).toMatchObject({ status: "fail", exitCode: 5 });
    expect(wrong.code).toBe(5);
    const { X_BEARER_TOKEN: _token, ...without } = up.env;
    const { code, stdout } = await runBirdwireHere(["doctor", "--state", state], { env: without });
    expect(stdout).toMatch(/^fail {2}x token +there is none -> set X_BEARER_TOKEN/m);
    expect(code).toBe(2);
  });

  test("whose clock is another is told", async () => {
    const xApi = createServer((_request, response) => {
      response.setHeader("Date", new Date(Date.now() + 60_000).toUTCString());
      response.end(JSON.stringify({ meta: { result_count: 0 } }));
    }).listen(0, "127.0.0.1");
    await once(xApi, "listening");
    const { port } = xApi.address() as { port: number };
    const { of } = await doctor({ ...nowhere, BIRDWIRE_X_URL: `http://127.0.0.1:${port}` }, [
      "--timeout",
      "2s",
    ]);
    expect(of("clock")).toMatchObject({
      status: "warn",
      message: expect.stringMatching(/^this machine's is (59|60|61)\.\d s behind X's/),
    });
    xApi.closeAllConnections();
    xApi.close();
  });
});

test("a state folder that cannot be written to is a failure", async () => {
  const { of } = await doctor(nowhere, ["--state", sample, "--timeout", "2s"]);
  expect(of("state folder")).toMatchObject({
    status: "fail",
    message: expect.stringContaining(sample),
  });
});
