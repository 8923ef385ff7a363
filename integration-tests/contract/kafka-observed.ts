/**
 * What the cases of the Kafka contract asked of the emulator and what it answered, as its interceptor sees it. A
 * suite's findings are one JSON file in the folder that `BIRDWIRE_CONTRACT_COVERAGE` names.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Call, closeConnection, type Interceptor } from "../../src/emulators/kafka/protocol/api.ts";

/** Requests under this client id prepare a case, and are not what it is about. */
export const setUpClientId = "set-up";

export interface ObservedCall {
  readonly key: number;
  readonly version: number;
  /** Those that are not 0, from anywhere in the answer. */
  readonly errorCodes: readonly number[];
  /** The connection was closed instead of an answer. */
  readonly isClosed: boolean;
}

export interface ObservedCase {
  readonly title: string;
  /** No two alike. */
  readonly calls: readonly ObservedCall[];
}

export interface CallRecorder {
  readonly intercept: Interceptor;
  /** What is asked from now on belongs to the case of that title. */
  startCase(title: string): void;
  cases(): ObservedCase[];
}

export function createCallRecorder(): CallRecorder {
  const calls = new Map<string, Map<string, ObservedCall>>();
  let current: Map<string, ObservedCall> | null = null;
  const record = (seen: Map<string, ObservedCall>, { api, version }: Call, answer: unknown) => {
    const codes = new Set<number>();
    collectErrorCodes(answer, codes);
    const errorCodes = [...codes].sort((a, b) => a - b);
    const isClosed = answer === closeConnection;
    seen.set(`${api.key} ${version} ${errorCodes} ${isClosed}`, {
      key: api.key,
      version,
      errorCodes,
      isClosed,
    });
  };
  return {
    intercept(call, next) {
      const answer = next();
      const seen = current;
      if (seen === null || call.context.clientId === setUpClientId) return answer;
      if (!(answer instanceof Promise)) {
        record(seen, call, answer);
        return answer;
      }
      return answer.then((settled) => {
        record(seen, call, settled);
        return settled;
      });
    },
    startCase(title) {
      current = calls.get(title) ?? new Map();
      calls.set(title, current);
    },
    cases: () => Array.from(calls, ([title, seen]) => ({ title, calls: [...seen.values()] })),
  };
}

function collectErrorCodes(answer: unknown, codes: Set<number>): void {
  if (typeof answer !== "object" || answer === null || Buffer.isBuffer(answer)) return;
  if (Array.isArray(answer)) {
    for (const each of answer) collectErrorCodes(each, codes);
    return;
  }
  for (const [name, value] of Object.entries(answer)) {
    if (name === "errorCode" && typeof value === "number") {
      if (value !== 0) codes.add(value);
    } else collectErrorCodes(value, codes);
  }
}

/** `suite` names the file. */
export function writeObservedCases(folder: string, suite: string, cases: readonly ObservedCase[]): void {
  mkdirSync(folder, { recursive: true });
  const name = `${suite.replaceAll(/[^A-Za-z0-9]+/g, "-").toLowerCase()}.kafka.json`;
  writeFileSync(join(folder, name), JSON.stringify(cases));
}

/** The findings of every suite that wrote into the folder. */
export function readObservedCases(folder: string): ObservedCase[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".kafka.json"))
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as ObservedCase[]);
}
