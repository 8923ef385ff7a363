/**
 * kcat (librdkafka) as the contract drives it: what it is told on its command line, and what it prints.
 * Its output: https://github.com/edenhill/kcat (the JSON envelope, and the lines that say what a member was given).
 */
import { type ProcessResult, type RunningProcess, runProcess, startProcess } from "./running-process.ts";

const timeoutMs = 20_000;

/** A record in kcat's JSON envelope. */
export interface KcatRecord {
  readonly partition: number;
  readonly offset: number;
  readonly ts: number;
  readonly key: string | null;
  readonly payload: string | null;
  /** Names and values by turns. */
  readonly headers?: readonly (string | null)[];
}

/** A kcat that is a member of a group until it is ended. */
export interface KcatMember extends RunningProcess {
  /** Resolves with its partitions once they fit, in `topic [partition]` order. */
  holds(fits: (partitions: readonly string[]) => boolean): Promise<readonly string[]>;
  /** What it was given and lost so far, one line each time. */
  rebalances(): readonly string[];
}

export interface Kcat {
  /** Runs `kcat -b BROKERS ...args` to its end, whatever that is. */
  run(args: readonly string[], input?: string): Promise<ProcessResult>;
  /** Runs it to an end that must be a good one; what it printed on stdout. */
  expect(args: readonly string[], input?: string): Promise<string>;
  /** Writes lines as records. Rejects when that fails. */
  produce(topic: string, lines: readonly string[], args?: readonly string[]): Promise<void>;
  /** Every record from `args`' offset (default: the first) to the end. */
  consume(topic: string, args?: readonly string[]): Promise<KcatRecord[]>;
  /** The first `count` records, waited for: what a commit makes visible is there a moment after it. */
  await(topic: string, count: number, args?: readonly string[]): Promise<KcatRecord[]>;
  /** Leaves it running; stdin stays open. */
  start(args: readonly string[]): RunningProcess;
  startMember(groupId: string, topics: readonly string[], settings?: readonly string[]): KcatMember;
}

export function createKcat(command: string, bootstrap: string): Kcat {
  // The user's own file of settings is not to count.
  const env = { ...process.env, KCAT_CONFIG: "/dev/null" };
  const address = ["-b", bootstrap];
  const run = (args: readonly string[], input = "") =>
    runProcess(command, [...address, ...args], { env, timeoutMs, input: { kind: "text", text: input } });
  const expectEnd = async (args: readonly string[], input?: string) => {
    const { code, signal, stdout, stderr } = await run(args, input);
    if (code !== 0) throw new Error(`kcat ${args.join(" ")} ended with ${code ?? signal}: ${stderr}`);
    return stdout;
  };
  const start = (args: readonly string[]) =>
    startProcess(command, [...address, ...args], { env, input: { kind: "open" } });
  return {
    run,
    expect: expectEnd,
    async produce(topic, lines, args = []) {
      await expectEnd(["-P", "-t", topic, ...args], lines.map((line) => `${line}\n`).join(""));
    },
    async consume(topic, args = []) {
      const offset = args.includes("-o") ? [] : ["-o", "beginning"];
      return readRecords(await expectEnd(["-C", "-t", topic, "-e", "-q", "-J", ...offset, ...args]));
    },
    async await(topic, count, args = []) {
      const wanted = ["-o", "beginning", "-c", String(count)];
      return readRecords(await expectEnd(["-C", "-t", topic, "-q", "-J", ...wanted, ...args]));
    },
    start,
    startMember(groupId, topics, settings = []) {
      const quick = ["heartbeat.interval.ms=200", "auto.offset.reset=earliest", ...settings];
      const member = start(["-G", groupId, "-J", "-u", ...quick.flatMap((one) => ["-X", one]), ...topics]);
      return Object.assign(member, {
        holds: (fits: (partitions: readonly string[]) => boolean) =>
          member.waitUntil("stderr", (text) => {
            const held = partitionsOf(readRebalances(text));
            return held !== null && fits(held) ? held : null;
          }),
        rebalances: () => readRebalances(member.output("stderr")).map((line) => line.trim()),
      });
    },
  };
}

/** From lines of kcat's JSON envelope. */
export function readRecords(stdout: string): KcatRecord[] {
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as KcatRecord);
}

function readRebalances(stderr: string): string[] {
  return [...stderr.matchAll(/^% Group .* rebalanced.*\n/gm)].map(([line]) => line);
}

/** What is left of all that was given and lost; null before the first of them. */
function partitionsOf(rebalances: readonly string[]): readonly string[] | null {
  if (rebalances.length === 0) return null;
  const held = new Set<string>();
  for (const line of rebalances) {
    const named = [...line.matchAll(/[\w.-]+ \[\d+\]/g)].map(([partition]) => partition);
    if (/: revoked|incremental revoke/.test(line)) for (const one of named) held.delete(one);
    else for (const one of named) held.add(one);
  }
  return [...held].sort();
}
