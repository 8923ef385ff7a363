/**
 * Runs the bin as people do, as a process of its own: from the sources, or from BIRDWIRE_BIN (a built main.js).
 */
import type { ChildProcess } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ProcessResult, type RunningProcess, startProcess } from "./running-process.ts";

export const repositoryRoot = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The state folder of the tests' own runs, so that they leave that of whoever runs them alone. Cases about what it keeps
 * have one of their own.
 */
export const testState = { BIRDWIRE_STATE: join(tmpdir(), "birdwire-test-state") } as const;

export type RunResult = ProcessResult;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export type RunningBirdwire = RunningProcess;

/** Messages as a person reads them, no waiting for a server that is not there, no state of the user's; a test may say otherwise. */
export const testEnvironment: Readonly<Record<string, string>> = {
  BIRDWIRE_LOG_FORMAT: "text",
  BIRDWIRE_WAIT_FOR_SERVERS: "0s",
  ...testState,
};

/** Starts `birdwire ...args`, free of the caller's BIRDWIRE_* and X_* variables. Disposing kills it. */
export function startBirdwire(args: readonly string[], options: RunOptions = {}): RunningBirdwire {
  const bin = process.env.BIRDWIRE_BIN ?? `${repositoryRoot}src/main.ts`;
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(BIRDWIRE_|X_BEARER|NODE_OPTIONS|FORCE_COLOR)/.test(name),
    ),
  );
  return startProcess(process.execPath, [bin, ...args], {
    cwd: options.cwd ?? repositoryRoot,
    env: { ...clean, ...testEnvironment, ...options.env },
  });
}

/** Runs `birdwire ...args` to its end. */
export async function runBirdwire(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  await using running = startBirdwire(args, options);
  return await running.done;
}

export interface UpAddresses {
  readonly brokers: string;
  readonly registryUrl: string;
  readonly xUrl: string;
  readonly xControlUrl: string;
}

export interface RunningEmulators extends AsyncDisposable {
  readonly addresses: UpAddresses;
  /** The environment that makes other commands use them. */
  readonly env: Readonly<Record<string, string>>;
  readonly process: ChildProcess;
}

/** `up` on free ports, with its addresses on stdout. */
export const upArguments: readonly string[] = [
  "up",
  "--json",
  ...["kafka-port", "registry-port", "x-port", "x-control-port"].flatMap((flag) => [`--${flag}`, "0"]),
];

/** What `up --json` printed, and the environment that makes other commands use it. */
export function readUpAddresses(printed: string): Pick<RunningEmulators, "addresses" | "env"> {
  const addresses = JSON.parse(printed) as UpAddresses;
  return {
    addresses,
    env: {
      BIRDWIRE_BROKERS: addresses.brokers,
      BIRDWIRE_REGISTRY_URL: addresses.registryUrl,
      BIRDWIRE_X_URL: addresses.xUrl,
      X_BEARER_TOKEN: "journey",
    },
  };
}

/** `birdwire up` on free ports, ready. */
export async function startEmulators(args: readonly string[] = []): Promise<RunningEmulators> {
  const running = startBirdwire([...upArguments, ...args]);
  try {
    const [line] = await running.waitFor("stdout", /^\{.*\}$/m);
    return {
      ...readUpAddresses(line),
      process: running.process,
      [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
    };
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

export interface LedgerRow {
  readonly id: string;
  readonly connection: number;
  readonly state: "matched" | "written" | "settled";
}

/** Every row of the X emulator's ledger. */
async function readLedger(controlUrl: string): Promise<LedgerRow[]> {
  const response = await fetch(`${controlUrl}/ledger`);
  if (!response.ok) throw new Error(`the ledger answers ${response.status}`);
  return (await response.text())
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LedgerRow);
}

/** Ids that the emulator calls delivered. */
export async function readDelivered(controlUrl: string): Promise<string[]> {
  return (await readLedger(controlUrl)).filter((row) => row.state === "settled").map((row) => row.id);
}
