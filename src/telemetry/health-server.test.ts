import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { startHealthServer } from "./health-server.ts";
import { silentLog } from "./log.ts";
import { createReadiness } from "./readiness.ts";

async function start(render = async () => "# HELP a b\n", port = 0, host = "127.0.0.1") {
  const readiness = createReadiness({ stream: "not opened yet", broker: "not asked yet" });
  const metrics = { contentType: "text/plain; version=0.0.4", render };
  const logged: string[] = [];
  const log = { ...silentLog, info: (message: string) => void logged.push(message) };
  return { readiness, logged, server: await startHealthServer({ host, port, metrics, readiness, log }) };
}

async function get(url: string, method = "GET") {
  const response = await fetch(url, { method });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

test("it logs where it listens and serves metrics with their type", async () => {
  const { server, logged } = await start();
  await using _ = server;
  expect(logged).toEqual([`metrics and health on ${server.url}`]);
  expect(await get(`${server.url}/metrics`)).toEqual({
    status: 200,
    type: "text/plain; version=0.0.4",
    text: "# HELP a b\n",
  });
});

test("it is alive whatever is ready, and ready once every part is, with the reasons until then", async () => {
  const { server, readiness } = await start();
  await using _ = server;
  expect((await get(`${server.url}/livez`)).status).toBe(200);
  expect(await get(`${server.url}/readyz`)).toMatchObject({
    status: 503,
    text: "stream: not opened yet\nbroker: not asked yet\n",
  });
  readiness.set("broker", null);
  let state: string | null = "connecting";
  readiness.watch("stream", () => state);
  const answer = await get(`${server.url}/readyz?format=json`);
  expect([answer.status, JSON.parse(answer.text)]).toEqual([
    503,
    { ready: false, reasons: { stream: "connecting" } },
  ]);
  state = null;
  expect(await get(`${server.url}/readyz`)).toMatchObject({ status: 200, text: "ok\n" });
});

test.each([
  ["GET", "/nowhere", 404],
  ["POST", "/metrics", 405],
  ["HEAD", "/livez", 200],
  ["GET", "/metrics?name[]=up", 200],
])("%s %s is answered with %i", async (method, path, status) => {
  const { server } = await start();
  await using _ = server;
  const answer = await get(`${server.url}${path}`, method);
  expect(answer.status).toBe(status);
  if (method === "HEAD") expect(answer.text).toBe("");
});

test("metrics that cannot be rendered are an answer, not the end", async () => {
  const { server } = await start(() => Promise.reject(new Error("no number")));
  await using _ = server;
  expect(await get(`${server.url}/metrics`)).toMatchObject({ status: 500, text: "no number\n" });
  expect((await get(`${server.url}/livez`)).status).toBe(200);
});

describe("where it cannot listen it says why", () => {
  test("a port in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await expect(start(undefined, port)).rejects.toMatchObject({
      code: "http-port-in-use",
      message: `--http ${port}: port ${port} of 127.0.0.1 is in use`,
    });
    other.close();
  });

  test("an address that is not ours", async () => {
    await expect(start(undefined, 0, "192.0.2.1")).rejects.toMatchObject({ code: "http-cannot-listen" });
  });
});
