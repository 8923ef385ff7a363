import { describe, expect, test } from "@jest/globals";
import { closeConnection } from "./protocol/api.ts";
import { ErrorCode } from "./protocol/error-codes.ts";
import { metadata } from "./requests/03-metadata.ts";
import { deleteGroups } from "./requests/42-delete-groups.ts";
import { type KafkaEmulatorOptions, startKafkaEmulator } from "./start.ts";
import { openRawClient } from "./testing/raw-client.ts";

async function open(intercept: KafkaEmulatorOptions["intercept"]) {
  const emulator = await startKafkaEmulator(intercept === undefined ? {} : { intercept });
  const client = await openRawClient(emulator.port);
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await emulator[Symbol.asyncDispose]();
    },
  };
}

describe("an interceptor", () => {
  test("sees each request with its API and version, and the handler's answer", async () => {
    const seen: unknown[] = [];
    await using session = await open(({ api, version, request, context }, next) => {
      const answer = next();
      seen.push([api.key, version, request.groupIds, context.clientId, answer]);
      return answer;
    });
    const answer = await session.client.call(deleteGroups, 1, { groupIds: ["none"] });
    const results = [{ groupId: "none", errorCode: ErrorCode.groupIdNotFound }];
    expect(answer).toMatchObject({ results });
    expect(seen).toEqual([[42, 1, ["none"], "raw", { results }]]);
  });

  test("may answer in the handler's stead, later too", async () => {
    await using session = await open(async ({ api }, next) =>
      api.key === metadata.key ? { clusterId: "mine" } : next(),
    );
    expect(await session.client.call(metadata, 8, { topics: [] })).toMatchObject({ clusterId: "mine" });
    expect(await session.client.call(deleteGroups, 1, { groupIds: [] })).toMatchObject({ results: [] });
  });

  test("may close the connection", async () => {
    await using session = await open(() => closeConnection);
    await expect(session.client.call(metadata, 8, { topics: [] })).rejects.toThrow("closed");
  });
});
