import { Writable } from "node:stream";
import { expect, test } from "@jest/globals";
import { silentLog } from "../telemetry/log.ts";
import { writeSummary } from "./summary.ts";

const rows = [
  ["received", "12"],
  ["tweets/s", "1.5"],
  ["gap", "one"],
  ["gap", "other"],
] as const;

function createHost() {
  const written: string[] = [];
  const stderr = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      written.push(text);
      done();
    },
  });
  return { written, host: { stderr } as never };
}

test("a summary for people has a line for each row", async () => {
  const { written, host } = createHost();
  await writeSummary({ host, log: silentLog, logFormat: "text" }, rows);
  expect(written.join("")).toBe("  received  12\n  tweets/s  1.5\n  gap       one\n  gap       other\n");
});

test("a summary for machines has numbers, and a list where a label comes more than once", async () => {
  const { written, host } = createHost();
  const told: unknown[] = [];
  const log = { ...silentLog, info: (message: string, fields: unknown) => void told.push(message, fields) };
  await writeSummary({ host, log, logFormat: "json" }, rows);
  expect(told).toEqual(["summary", { received: 12, "tweets/s": 1.5, gap: ["one", "other"] }]);
  expect(written).toEqual([]);
});
