/**
 * A command that runs with `--http 0` in this process, and what it shows there.
 */
import { Readable, Writable } from "node:stream";
import { run } from "../../src/cli/run.ts";
import type { Clock } from "../../src/kernel/clock.ts";
import { type Family, parseExposition } from "../../src/telemetry/testing/exposition.ts";
import { repositoryRoot, testEnvironment } from "./birdwire.ts";

export type Families = ReadonlyMap<string, Family>;

export interface WatchedHealth extends AsyncDisposable {
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
  metrics(): Promise<Families>;
  /** The metrics as soon as they are as wanted; rejects with the last ones after ten seconds. */
  metricsWhen(isWanted: (families: Families) => boolean): Promise<Families>;
  /** What was written on stderr so far. */
  readonly stderr: string;
  /** Resolves when it ends by itself. */
  readonly ended: Promise<{ readonly code: number; readonly stderr: string }>;
  /** Ends it as a signal would. */
  stop(): Promise<{ readonly code: number; readonly stderr: string }>;
}

const patienceMs = 10_000;
const pollMs = 10;

export function watchHealth(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { clock }: { readonly clock?: Clock } = {},
): WatchedHealth {
  const interruption = new AbortController();
  let stderr = "";
  let tellUrl: (url: string) => void = () => {};
  const url = new Promise<string>((resolve) => {
    tellUrl = resolve;
  });
  const sink = (add: (text: string) => void) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        add(text);
        done();
      },
    });
  const ended = run({
    args: [...args, "--http", "0"],
    env: { ...testEnvironment, X_BEARER_TOKEN: "journey", ...env },
    cwd: repositoryRoot,
    stdin: Readable.from([]),
    stdout: sink(() => {}),
    stderr: sink((text) => {
      stderr += text;
      const found = /metrics and health on (\S+)/.exec(stderr)?.[1];
      if (found !== undefined) tellUrl(found);
    }),
    ...(clock !== undefined && { clock }),
    interruption: () => interruption.signal,
  }).then((code) => ({ code, stderr }));
  const early = ended.then(({ code }) => {
    throw new Error(`it ended with ${code}: ${stderr}`);
  });
  early.catch(() => {});

  const get = async (path: string) => {
    const response = await fetch(`${await Promise.race([url, early])}${path}`);
    return { status: response.status, text: await response.text() };
  };
  const metrics = async () => parseExposition((await get("/metrics")).text);
  const stop = async () => {
    interruption.abort(new Error("SIGTERM"));
    return await ended;
  };
  return {
    get,
    metrics,
    async metricsWhen(isWanted) {
      for (const endMs = Date.now() + patienceMs; ; ) {
        const families = await metrics();
        if (isWanted(families)) return families;
        if (Date.now() > endMs) {
          const ours = [...families].filter(([name]) => name.startsWith("birdwire_"));
          throw new Error(
            `the metrics are ${JSON.stringify(ours.map(([name, { samples }]) => [name, samples]))}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    },
    get stderr() {
      return stderr;
    },
    ended,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
