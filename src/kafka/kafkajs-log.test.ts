import { describe, expect, test } from "@jest/globals";
import type { Log } from "../telemetry/log.ts";
import { createLogBridge, kafkaJsLevels } from "./kafkajs-log.ts";

function lineFor(level: number, namespace: string, extra: Record<string, unknown> = {}) {
  const lines: [string, string, unknown][] = [];
  const at = (name: string) => (message: string, fields: unknown) => lines.push([name, message, fields]);
  const log = {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  } as unknown as Log;
  const entry = { level, namespace, label: "", log: { timestamp: "now", message: "what it says", ...extra } };
  createLogBridge(log)(level)(entry);
  return lines[0];
}

describe("a line of kafkajs's log", () => {
  const { error, warn, info } = kafkaJsLevels;
  test.each([
    ["an error it will retry", error, "Cluster2", { retryCount: 1 }, "debug"],
    ["an error it throws as well", error, "Connection", {}, "debug"],
    ["a login that it throws as well", error, "SaslAuthenticator-SCRAM-SHA-256", {}, "debug"],
    ["an error it tells nobody else", error, "ConsumerGroup", {}, "warn"],
    ["a warning", warn, "Producer", {}, "debug"],
    ["news", info, "Consumer", {}, "debug"],
  ])("at the right level: %s", (_, level, namespace, extra, ours) => {
    expect(lineFor(level, namespace, extra)?.slice(0, 2)).toEqual([
      ours,
      `kafkajs ${namespace}: what it says`,
    ]);
  });

  test("keeps what tells where it happened, and no stack or payload", () => {
    const extra = {
      broker: "127.0.0.1:9092",
      stack: "at",
      payload: { a: 1 },
      error: "gone",
      correlationId: 3,
    };
    expect(lineFor(error, "Connection", extra)?.[2]).toEqual({ broker: "127.0.0.1:9092", error: "gone" });
  });
});
