// The Kafka contract, request by request: which versions there are, and what a broken request comes to.
import { expect } from "@jest/globals";
import { apis, apiVersions } from "../../src/emulators/kafka/apis.ts";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { metadata } from "../../src/emulators/kafka/requests/03-metadata.ts";
import { heartbeat } from "../../src/emulators/kafka/requests/12-heartbeat.ts";
import { deleteTopics } from "../../src/emulators/kafka/requests/20-delete-topics.ts";
import { decodeResponse, encodeRequest, frameOf } from "../../src/emulators/kafka/testing/raw-client.ts";
import { describeKafka } from "../support/kafka-targets.ts";
import { declareWireCases, openWire } from "../support/kafka-wire.ts";

const named = { clientSoftwareName: "raw", clientSoftwareVersion: "1.0" };
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

/** The request with bytes put in before its end or instead of its last ones, and its length set right. */
function reframed(frame: Buffer, ...parts: Buffer[]): Buffer {
  const whole = Buffer.concat([frame, ...parts]);
  whole.writeInt32BE(whole.length - 4, 0);
  return whole;
}

describeKafka("The protocol, request by request", (kafka) => {
  const { test, bootstrap } = kafka;
  declareWireCases(kafka, [
    {
      api: apiVersions,
      does: "lists what is served",
      async run(wire, version) {
        const answer = await wire.call(apiVersions, version, named);
        expect(answer).toMatchObject({ errorCode: 0, throttleTimeMs: 0 });
        for (const { key, versions } of apis.values()) {
          const listed = answer.apiKeys.find(({ apiKey }) => apiKey === key);
          expect(listed?.minVersion).toBe(versions[0]);
          expect(listed?.maxVersion).toBeGreaterThanOrEqual(versions[1]);
        }
      },
    },
    {
      api: apiVersions,
      does: "refuses a client whose name or version is none",
      since: 3,
      async run(wire, version) {
        for (const wrong of [
          { ...named, clientSoftwareName: "" },
          { ...named, clientSoftwareName: "a b" },
          { ...named, clientSoftwareVersion: "-1" },
        ]) {
          expect(await wire.call(apiVersions, version, wrong)).toMatchObject({
            errorCode: ErrorCode.invalidRequest,
            apiKeys: [],
          });
        }
      },
    },
  ]);

  test("ApiVersions of a version to come is answered in version 0, with error 35 and its own versions", async () => {
    await using wire = await openWire(bootstrap());
    wire.client.send(
      frameOf({ key: 18, version: 99, flexible: true, correlationId: 7 }, hex("02 61 02 31 00")),
    );
    const frame = (await wire.client.nextFrame()) ?? Buffer.alloc(0);
    expect(frame.readInt32BE(0)).toBe(7);
    const answer = decodeResponse(apiVersions, 0, frame);
    expect(answer.errorCode).toBe(ErrorCode.unsupportedVersion);
    expect(answer.apiKeys).toContainEqual({ apiKey: 18, minVersion: 0, maxVersion: 4 });
    // The connection goes on.
    expect(await wire.call(apiVersions, 0, {})).toMatchObject({ errorCode: 0 });
  });

  test("answers come in the order of the requests, each with its correlation id", async () => {
    await using wire = await openWire(bootstrap());
    const requests = [5, 1, 9].map((id) => encodeRequest(metadata, 9, { topics: [] }, id));
    const beat = encodeRequest(heartbeat, 0, { groupId: "none", memberId: "none" }, 4);
    wire.client.send(Buffer.concat([...requests, beat]));
    const ids: (number | undefined)[] = [];
    for (let i = 0; i < 4; i++) ids.push((await wire.client.nextFrame())?.readInt32BE(0));
    expect(ids).toEqual([5, 1, 9, 4]);
  });

  test("a request that comes byte by byte is answered", async () => {
    await using wire = await openWire(bootstrap());
    for (const byte of encodeRequest(metadata, 1, { topics: [] }, 3)) wire.client.send(Buffer.from([byte]));
    expect((await wire.client.nextFrame())?.readInt32BE(0)).toBe(3);
  });

  test("a client need not name itself", async () => {
    await using wire = await openWire(bootstrap());
    // Length, key 3, version 1, correlation id 2, no client id, no topics.
    wire.client.send(hex("0000000e 0003 0001 00000002 ffff 00000000"));
    expect((await wire.client.nextFrame())?.readInt32BE(0)).toBe(2);
  });

  test("tagged fields to come are passed over", async () => {
    await using wire = await openWire(bootstrap());
    const request = encodeRequest(metadata, 9, { topics: [] });
    // Instead of the end, which says that there are none: one, of tag 99 and two bytes.
    wire.client.send(reframed(request.subarray(0, -1), hex("01 63 02 abcd")));
    const frame = (await wire.client.nextFrame()) ?? Buffer.alloc(0);
    expect(decodeResponse(metadata, 9, frame)).toMatchObject({ topics: [], controllerId: 1 });
  });

  test("tagged fields may come in any order", async () => {
    await using wire = await openWire(bootstrap());
    const request = encodeRequest(metadata, 9, { topics: [] }).subarray(0, -1);
    wire.client.send(reframed(request, hex("02 63 00 62 00")));
    expect((await wire.client.nextFrame())?.readInt32BE(0)).toBe(1);
  });

  test("bytes after a request are passed over", async () => {
    await using wire = await openWire(bootstrap());
    wire.client.send(reframed(encodeRequest(metadata, 1, { topics: [] }), Buffer.alloc(3)));
    expect((await wire.client.nextFrame())?.readInt32BE(0)).toBe(1);
  });

  const header = (key: number, version: number, flexible = false) => ({
    key,
    version,
    flexible,
    correlationId: 1,
  });
  for (const [what, bytes] of [
    ["an API that there is not", frameOf(header(999, 0), Buffer.alloc(0))],
    ["a version that an API does not have yet", frameOf(header(3, 99, true), Buffer.alloc(20))],
    ["a version that an API has no more", frameOf(header(1, 0), Buffer.alloc(20))],
    ["a negative version", frameOf(header(3, -1), Buffer.alloc(20))],
    ["no header", hex("00000002 0003")],
    ["a header without an end", hex("0000000a 0003 0001 00000001 0009")],
    ["half a body", frameOf(header(12, 0), hex("0001 61 0000"))],
    ["a text longer than the request", frameOf(header(12, 0), hex("7fff 61"))],
    ["a text of negative length", frameOf(header(12, 0), hex("fffe 61"))],
    ["an array longer than the request", frameOf(header(3, 1), hex("00ffffff"))],
    ["an array of negative length", frameOf(header(20, 1), hex("fffffffe"))],
    ["null for an array that must be", frameOf(header(20, 1), hex("ffffffff 00000000"))],
    ["null for a text that must be", frameOf(header(12, 0), hex("ffff 00000000 0001 61"))],
    ["a length without end", frameOf(header(3, 9, true), hex("ffffffffffff"))],
    [
      "a tagged field longer than the request",
      reframed(encodeRequest(deleteTopics, 4, {}).subarray(0, -1), hex("01 63 70")),
    ],
    ["a frame of negative length", hex("ffffffff 0003 0001")],
    ["a frame larger than any", hex("7fffffff 0003 0001")],
  ] as const) {
    test(`${what} ends the connection`, async () => {
      await using wire = await openWire(bootstrap());
      wire.client.send(bytes);
      expect(await wire.client.nextFrame()).toBeNull();
      await using other = await openWire(bootstrap());
      expect(await other.call(apiVersions, 0, {})).toMatchObject({ errorCode: 0 });
    });
  }
});
