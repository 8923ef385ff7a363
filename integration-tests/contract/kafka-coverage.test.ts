import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { apis } from "../../src/emulators/kafka/apis.ts";
import { ErrorCode } from "../../src/emulators/kafka/protocol/error-codes.ts";
import { metadata } from "../../src/emulators/kafka/requests/03-metadata.ts";
import { heartbeat } from "../../src/emulators/kafka/requests/12-heartbeat.ts";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { openRawClient } from "../../src/emulators/kafka/testing/raw-client.ts";
import { beyondRequests, cannotFail, cannotSucceed, measureKafkaCoverage } from "./kafka-coverage.ts";
import {
  createCallRecorder,
  type ObservedCase,
  readObservedCases,
  setUpClientId,
  writeObservedCases,
} from "./kafka-observed.ts";
import { printCoverage } from "./registry-cases/coverage.ts";

const produce = { key: 0, name: "Produce", versions: [8, 9] } as const;
const apiVersions = { key: 18, name: "ApiVersions", versions: [2, 3] } as const;
const call = (key: number, version: number, ...errorCodes: number[]) => ({
  key,
  version,
  errorCodes,
  isClosed: false,
});
const observed = (title: string, ...calls: ObservedCase["calls"]): ObservedCase => ({ title, calls });

describe("the coverage of the Kafka contract", () => {
  const cases = [
    observed("a", call(0, 8), call(0, 9), call(18, 3)),
    observed("b", call(0, 8, 3), call(18, 2)),
    observed("c", call(0, 8, 3, 87), call(18, 3, 42)),
  ];
  const measured = measureKafkaCoverage(cases, [produce, apiVersions]);

  test("counts cases and error cases of each version, and cases of each error code", () => {
    expect(measured.rows.slice(0, 4)).toEqual([
      { what: "Produce 8", cases: 1, errorCases: 2 },
      { what: "Produce 9", cases: 1, errorCases: 0 },
      { what: "ApiVersions 2", cases: 1, errorCases: null },
      { what: "ApiVersions 3", cases: 1, errorCases: 1 },
    ]);
    expect(measured.rows).toContainEqual({
      what: "error 3 unknownTopicOrPartition",
      cases: 2,
      errorCases: null,
    });
    expect(printCoverage(measured)).toContain("   1    2  Produce 8\n");
  });

  test("tells a version without an error case, one without a case, and a code without one", () => {
    expect(measured.holes).toContain("Produce 9");
    expect(measured.holes).not.toContain("Produce 8");
    expect(measured.holes).not.toContain("ApiVersions 2");
    expect(measured.holes).toContain(`error ${ErrorCode.invalidTopic} invalidTopic`);
    expect(measureKafkaCoverage([], [apiVersions]).holes).toContain("ApiVersions 2");
  });

  test("counts the end of the connection as an error", () => {
    const closing = [observed("d", { ...call(0, 8), isClosed: true })];
    expect(measureKafkaCoverage(closing, [produce]).rows[0]).toMatchObject({ cases: 0, errorCases: 1 });
    const old = [observed("e", { ...call(0, 2), isClosed: true })];
    const versions = [2, 2] as const;
    expect(measureKafkaCoverage(old, [{ ...produce, versions }]).rows[0]).toMatchObject({
      cases: 1,
      errorCases: 1,
    });
  });

  test("exempts only what is there, and with a reason", () => {
    const names = [...apis.values()].map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys({ ...cannotFail, ...cannotSucceed })));
    for (const reason of Object.values(beyondRequests)) expect(reason).not.toBe("");
  });
});

describe("a recorder of calls", () => {
  test("keeps what each case asked and which errors it was answered, through files too", async () => {
    const recorder = createCallRecorder();
    await using emulator = await startKafkaEmulator({ intercept: recorder.intercept });
    await using client = await openRawClient(emulator.port);
    await client.call(heartbeat, 0, { groupId: "before any case" });
    recorder.startCase("first");
    await client.call(heartbeat, 1, { groupId: "g", memberId: "m" });
    await client.call(metadata, 9, { topics: [{ name: "a b" }, { name: "fine" }] });
    recorder.startCase("second");
    await client.call(metadata, 9, { topics: [] });
    await client.call(metadata, 9, { topics: [] });
    await using setUp = await openRawClient(emulator.port, setUpClientId);
    await setUp.call(metadata, 8, { topics: [] });

    const folder = mkdtempSync(join(tmpdir(), "birdwire-observed-"));
    writeObservedCases(folder, "One suite, on the emulator", recorder.cases().slice(0, 1));
    writeObservedCases(folder, "Another suite", recorder.cases().slice(1));
    const back = readObservedCases(folder);
    rmSync(folder, { recursive: true });
    expect(back.sort((a, b) => a.title.localeCompare(b.title))).toEqual([
      observed("first", call(12, 1, ErrorCode.unknownMemberId), call(3, 9, ErrorCode.invalidTopic)),
      observed("second", call(3, 9)),
    ]);
  });
});
