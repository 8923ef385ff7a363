import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../kernel/clock.ts";
import { apis, apiVersions } from "./apis.ts";
import { ErrorCode } from "./protocol/error-codes.ts";
import { produce } from "./requests/00-produce.ts";
import { fetch } from "./requests/01-fetch.ts";
import { metadata } from "./requests/03-metadata.ts";
import { startKafkaEmulator } from "./start.ts";
import { numberedBatch } from "./testing/batches.ts";
import { encodeRequest, frameOf, openRawClient } from "./testing/raw-client.ts";
import { openSession } from "./testing/session.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("the Kafka emulator", () => {
  test("says where it listens", async () => {
    await using emulator = await startKafkaEmulator();
    expect(emulator.bootstrap).toBe(`127.0.0.1:${emulator.port}`);
    expect(emulator.port).toBeGreaterThan(0);
  });

  test("tells clients of the advertised host", async () => {
    await using emulator = await startKafkaEmulator({ advertisedHost: "broker.test" });
    await using client = await openRawClient(emulator.port);
    expect(emulator.bootstrap).toBe(`broker.test:${emulator.port}`);
    expect((await client.call(metadata, 12, { topics: [] })).brokers).toEqual([
      { nodeId: 1, host: "broker.test", port: emulator.port, rack: null },
    ]);
  });

  test("rejects a port that is taken with the code port-in-use", async () => {
    await using first = await startKafkaEmulator();
    await expect(startKafkaEmulator({ port: first.port })).rejects.toMatchObject({ code: "port-in-use" });
  });

  test.each([{ defaultPartitions: 0 }, { defaultPartitions: 1.5 }, { retentionBytes: -1 }])(
    "refuses %j",
    async (options) => {
      await expect(startKafkaEmulator(options)).rejects.toMatchObject({ code: "invalid-option" });
    },
  );

  test("closes its connections when it is disposed of", async () => {
    const emulator = await startKafkaEmulator();
    await using client = await openRawClient(emulator.port);
    await client.call(apiVersions, 0, {});
    await emulator[Symbol.asyncDispose]();
    expect(await client.nextFrame()).toBeNull();
  });
});

describe("ApiVersions", () => {
  const coverage = [...apis.values()].map(({ key, versions: [minVersion, maxVersion] }) => ({
    apiKey: key,
    minVersion,
    maxVersion,
  }));

  test.each([0, 1, 2, 3, 4])("version %d lists what is served", async (version) => {
    await using emulator = await startKafkaEmulator();
    await using client = await openRawClient(emulator.port);
    const named = { clientSoftwareName: "raw", clientSoftwareVersion: "1.0" };
    expect(await client.call(apiVersions, version, named)).toMatchObject({ errorCode: 0, apiKeys: coverage });
  });

  test("of a version to come is answered in version 0, with error 35 and the list", async () => {
    await using emulator = await startKafkaEmulator();
    await using client = await openRawClient(emulator.port);
    client.send(frameOf({ key: 18, version: 99, flexible: true, correlationId: 7 }, hex("ffffffff")));
    const frame = (await client.nextFrame()) ?? Buffer.alloc(0);
    expect(frame.readInt32BE(0)).toBe(7);
    expect(frame.readInt16BE(4)).toBe(ErrorCode.unsupportedVersion);
    expect(frame.readInt32BE(6)).toBe(coverage.length);
    expect(frame.length).toBe(10 + coverage.length * 6);
  });

  test("refuses a client without a name", async () => {
    await using emulator = await startKafkaEmulator();
    await using client = await openRawClient(emulator.port);
    const unnamed = { clientSoftwareName: "", clientSoftwareVersion: "1" };
    expect(await client.call(apiVersions, 3, unnamed)).toMatchObject({ errorCode: ErrorCode.invalidRequest });
  });

  test("keeps the minimums that clients of old look for", () => {
    const minimum = (key: number) => apis.get(key)?.versions[0];
    expect([0, 1, 3, 9, 10, 22].map(minimum)).toEqual([0, 4, 0, 1, 0, 0]);
  });
});

describe("a connection", () => {
  test("speaks the wire's bytes: Metadata 1, written by hand", async () => {
    await using emulator = await startKafkaEmulator();
    await using client = await openRawClient(emulator.port);
    client.send(hex("00000017 0003 0001 0000002a 0002 6d65 00000001 0005 7477656574"));
    const port = emulator.port.toString(16).padStart(8, "0");
    expect((await client.nextFrame())?.toString("hex")).toBe(
      [
        "0000002a", // correlation id
        "00000001 00000001 0009 3132372e302e302e31", // one broker: 1, 127.0.0.1,
        `${port} ffff`, // its port, no rack
        "00000001", // controller
        "00000001 0000 0005 7477656574 00", // one topic: no error, "tweet", not internal
        "00000001 0000 00000000 00000001", // one partition: no error, 0, led by 1
        "00000001 00000001 00000001 00000001", // replicas, in sync
      ]
        .join("")
        .replaceAll(" ", ""),
    );
  });

  test("answers in the order of the requests, also when an earlier one waits", async () => {
    await using emulator = await startKafkaEmulator();
    await using client = await openRawClient(emulator.port);
    await client.call(metadata, 1, { topics: [{ name: "t" }] });
    const topics = [{ name: "t", partitions: [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }];
    client.send(encodeRequest(fetch, 4, { maxWaitMs: 30, minBytes: 1, maxBytes: 1000, topics }, 1));
    client.send(encodeRequest(apiVersions, 0, {}, 2));
    client.send(encodeRequest(apiVersions, 0, {}, 3));
    const order = [];
    for (let i = 0; i < 3; i++) order.push((await client.nextFrame())?.readInt32BE(0));
    expect(order).toEqual([1, 2, 3]);
  });

  test("that sends on while a request waits is answered for all of it in the end", async () => {
    await using emulator = await startKafkaEmulator();
    await using client = await openRawClient(emulator.port);
    await client.call(metadata, 1, { topics: [{ name: "t" }] });
    const topics = [{ name: "t", partitions: [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }];
    client.send(encodeRequest(fetch, 4, { maxWaitMs: 100, minBytes: 1, maxBytes: 1000, topics }, 0));
    // More than the broker takes in while it is busy.
    const padded = { topics: Array.from({ length: 400 }, () => ({ name: "t".repeat(249) })) };
    const requestCount = 40;
    for (let i = 1; i <= requestCount; i++) client.send(encodeRequest(metadata, 1, padded, i));
    for (let i = 0; i <= requestCount; i++) expect((await client.nextFrame())?.readInt32BE(0)).toBe(i);
  });

  test.each([
    ["an API that is not served", hex("00000008 7fff 0000 00000001")],
    ["a version that is not served", hex("0000000a 0001 0003 00000001 ffff")],
    ["a negative version", hex("0000000a 0003 ffff 00000001 ffff")],
    ["an empty frame", hex("00000000")],
    ["a header that ends early", hex("00000004 0003 0001")],
    ["a body that ends early", hex("0000000c 0003 0001 00000001 ffff 0000")],
    ["an array of 2^31-1 elements", hex("0000000e 0003 0001 00000001 ffff 7fffffff")],
    ["a frame of 2 GiB", hex("7fffffff 0003")],
    ["a frame of negative length", hex("ffffffff 0003")],
    ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
    ["a TLS handshake", hex("16030100a5010000a1030372")],
  ])("is closed by %s, and others go on", async (_, bytes) => {
    await using emulator = await startKafkaEmulator();
    await using other = await openRawClient(emulator.port);
    await using client = await openRawClient(emulator.port);
    client.send(bytes);
    expect(await client.nextFrame()).toBeNull();
    expect(await other.call(apiVersions, 0, {})).toMatchObject({ errorCode: 0 });
  });

  test("that produces with acks 0 gets no answer, and is closed when something is refused", async () => {
    await using emulator = await startKafkaEmulator();
    await using client = await openRawClient(emulator.port);
    await client.call(metadata, 1, { topics: [{ name: "t" }] });
    const bytes = numberedBatch(2);
    const send = (index: number) => {
      const partitions = [{ index, records: { buffers: [bytes], byteLength: bytes.length } }];
      client.send(encodeRequest(produce, 7, { acks: 0, topics: [{ name: "t", partitions }] }));
    };
    send(0);
    await client.call(apiVersions, 0, {});
    expect(emulator.inspectTopic("t")).toEqual([{ startOffset: 0, endOffset: 2, bytes: bytes.length }]);
    send(5);
    expect(await client.nextFrame()).toBeNull();
  });

  test("that is closed while it waits leaves nothing behind that an append would wake", async () => {
    await using emulator = await startKafkaEmulator();
    await using producer = await openRawClient(emulator.port);
    await producer.call(metadata, 1, { topics: [{ name: "t" }] });
    const topics = [{ name: "t", partitions: [{ index: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }];
    {
      await using waiting = await openRawClient(emulator.port);
      waiting.send(encodeRequest(fetch, 4, { maxWaitMs: 600_000, minBytes: 1, maxBytes: 1000, topics }));
    }
    const bytes = numberedBatch(1);
    const partitions = [{ index: 0, records: { buffers: [bytes], byteLength: bytes.length } }];
    const produced = await producer.call(produce, 7, { acks: -1, topics: [{ name: "t", partitions }] });
    expect(produced.topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, baseOffset: 0 });
  });
});

describe("records that grow old", () => {
  test("go at the next clean-up, by the emulator's clock, and not once it has stopped", async () => {
    const clock = createManualClock(1_000);
    const session = await openSession({ clock, cleanupIntervalMs: 500 });
    await session.createTopic("t", 1, { "retention.ms": "2000" });
    await session.produce("t", 0, numberedBatch(3));
    const start = () => session.emulator.inspectTopic("t")?.[0]?.startOffset;
    await clock.advance(2_000);
    expect(start()).toBe(0);
    await clock.advance(500);
    expect(start()).toBe(3);
    await session.produce("t", 0, numberedBatch(3));
    await session[Symbol.asyncDispose]();
    await clock.advance(10_000);
    expect(start()).toBe(3);
  });
});
