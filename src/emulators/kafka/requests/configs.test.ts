/**
 * DescribeConfigs, AlterConfigs and IncrementalAlterConfigs, over the wire.
 */

import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../../kernel/clock.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { numberedBatch } from "../testing/batches.ts";
import { openSession } from "../testing/session.ts";
import { describeConfigs } from "./32-describe-configs.ts";
import { alterConfigs } from "./33-alter-configs.ts";
import { incrementalAlterConfigs } from "./44-incremental-alter-configs.ts";

const range = ([min, max]: readonly [number, number]) =>
  Array.from({ length: max - min + 1 }, (_, i) => min + i);

describe("DescribeConfigs", () => {
  const topic = { resourceType: 2, resourceName: "t", configurationKeys: null };
  test.each(range([1, 4]))(
    "version %d tells settings, defaults and where they come from",
    async (version) => {
      await using session = await openSession();
      await session.createTopic("t", 1, { "retention.ms": "1000" });
      const answer = await session.client.call(describeConfigs, version, {
        resources: [topic],
        includeSynonyms: true,
      });
      const configs = answer.results[0]?.configs ?? [];
      expect(configs.find(({ name }) => name === "retention.ms")).toMatchObject({
        value: "1000",
        configSource: 1,
        synonyms: [{ name: "retention.ms", value: "1000", source: 1 }],
        ...(version >= 3 && { configType: 5 }),
      });
      expect(configs.find(({ name }) => name === "cleanup.policy")).toMatchObject({
        value: "delete",
        configSource: 5,
      });
    },
  );

  test("tells only what was asked for", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const answer = await session.client.call(describeConfigs, 4, {
      resources: [{ ...topic, configurationKeys: ["segment.ms", "no.such"] }],
    });
    expect(answer.results[0]?.configs).toMatchObject([{ name: "segment.ms", synonyms: [] }]);
  });

  test("tells how the broker behaves", async () => {
    await using session = await openSession({ defaultPartitions: 7, autoCreateTopics: false });
    const resources = [{ resourceType: 4, resourceName: "1", configurationKeys: null }];
    const answer = await session.client.call(describeConfigs, 4, { resources });
    const values = Object.fromEntries(
      (answer.results[0]?.configs ?? []).map(({ name, value }) => [name, value]),
    );
    expect(values).toMatchObject({ "num.partitions": "7", "auto.create.topics.enable": "false" });
  });

  test.each([
    ["a topic that does not exist", 2, "other", ErrorCode.unknownTopicOrPartition],
    ["an impossible topic", 2, "a b", ErrorCode.invalidTopic],
    ["another broker", 4, "2", ErrorCode.invalidRequest],
    ["something that is neither", 8, "1", ErrorCode.invalidRequest],
  ])("refuses %s", async (_, resourceType, resourceName, errorCode) => {
    await using session = await openSession();
    const resources = [{ resourceType, resourceName, configurationKeys: null }];
    expect((await session.client.call(describeConfigs, 4, { resources })).results).toMatchObject([
      { errorCode },
    ]);
  });
});

describe("changing settings", () => {
  const ofTopic = async (session: Awaited<ReturnType<typeof openSession>>, name: string) => {
    const resources = [{ resourceType: 2, resourceName: "t", configurationKeys: [name] }];
    return (await session.client.call(describeConfigs, 4, { resources })).results[0]?.configs[0]?.value;
  };
  const [set, remove, append, subtract] = [0, 1, 2, 3];

  test.each<[string, { name: string; operation: number; value: string | null }[], string | undefined]>([
    ["sets one", [{ name: "cleanup.policy", operation: set, value: "compact" }], "compact"],
    ["takes one back", [{ name: "cleanup.policy", operation: remove, value: null }], "delete"],
    [
      "appends to a list",
      [{ name: "cleanup.policy", operation: append, value: "compact" }],
      "delete,compact",
    ],
    ["subtracts from a list", [{ name: "cleanup.policy", operation: subtract, value: "delete" }], ""],
  ])("by itself %s, and leaves the others", async (_, configs, policy) => {
    await using session = await openSession();
    await session.createTopic("t", 1, { "retention.ms": "5" });
    const resources = [{ resourceType: 2, resourceName: "t", configs }];
    const answer = await session.client.call(incrementalAlterConfigs, 1, { resources });
    expect(answer.responses).toMatchObject([{ errorCode: 0 }]);
    expect(await ofTopic(session, "cleanup.policy")).toBe(policy);
    expect(await ofTopic(session, "retention.ms")).toBe("5");
  });

  test("as a whole replaces all of them", async () => {
    await using session = await openSession();
    await session.createTopic("t", 1, { "retention.ms": "5" });
    const configs = [{ name: "segment.ms", value: "9" }];
    const resources = [{ resourceType: 2, resourceName: "t", configs }];
    await session.client.call(alterConfigs, 2, { resources });
    expect(await ofTopic(session, "segment.ms")).toBe("9");
    expect(await ofTopic(session, "retention.ms")).toBe("604800000");
  });

  test.each([
    ["an unknown setting", 2, "t", { name: "colour", operation: set, value: "red" }, ErrorCode.invalidConfig],
    ["a wrong value", 2, "t", { name: "segment.ms", operation: set, value: "soon" }, ErrorCode.invalidConfig],
    [
      "appending to a number",
      2,
      "t",
      { name: "segment.ms", operation: append, value: "1" },
      ErrorCode.invalidConfig,
    ],
    [
      "an unknown operation",
      2,
      "t",
      { name: "segment.ms", operation: 9, value: "1" },
      ErrorCode.unknownServerError,
    ],
    [
      "an unknown topic",
      2,
      "u",
      { name: "segment.ms", operation: set, value: "1" },
      ErrorCode.unknownTopicOrPartition,
    ],
    ["the broker", 4, "1", { name: "segment.ms", operation: set, value: "1" }, ErrorCode.invalidRequest],
  ])("refuses %s, and then changes nothing", async (_, resourceType, resourceName, config, errorCode) => {
    await using session = await openSession();
    await session.createTopic("t", 1);
    const configs = [{ name: "retention.ms", operation: set, value: "5" }, config];
    const resources = [{ resourceType, resourceName, configs }];
    const answer = await session.client.call(incrementalAlterConfigs, 1, { resources });
    expect(answer.responses).toMatchObject([{ errorCode }]);
    expect(await ofTopic(session, "retention.ms")).toBe("604800000");
  });

  test("takes effect: retention drops batches, and a smaller limit refuses them", async () => {
    const clock = createManualClock(10_000);
    await using session = await openSession({ clock, cleanupIntervalMs: 100 });
    await session.createTopic("t", 1);
    for (let i = 0; i < 4; i++) await session.produce("t", 0, numberedBatch(3));
    const bytes = numberedBatch(3).length;
    const configs = [
      { name: "retention.ms", operation: set, value: "1000" },
      { name: "max.message.bytes", operation: set, value: String(bytes - 1) },
    ];
    await session.client.call(incrementalAlterConfigs, 1, {
      resources: [{ resourceType: 2, resourceName: "t", configs }],
    });
    await clock.advance(100);
    expect(session.emulator.inspectTopic("t")).toEqual([{ startOffset: 12, endOffset: 12, bytes: 0 }]);
    expect(await session.produce("t", 0, numberedBatch(3))).toMatchObject({
      errorCode: ErrorCode.messageTooLarge,
    });
  });
});
