/**
 * Runs of the bin whose whole output is searched for the secrets of the test: as they are, and in the forms in which
 * they go over a network.
 */
import { expect } from "@jest/globals";
import type { RunOptions, RunResult } from "./birdwire.ts";
import { runBirdwireHere } from "./birdwire-here.ts";

export interface WatchedRun extends RunResult {
  readonly tookMs: number;
}

export interface WatchedBirdwire {
  /** Runs to the end with all that can be logged, as text or as JSON. Fails when a secret shows. */
  run(
    args: readonly string[],
    options?: RunOptions & { readonly logFormat?: "text" | "json" },
  ): Promise<WatchedRun>;
}

/** Processes at a time: some of them wait for seconds, and others for nothing. */
const atOnce = 4;

/** `secrets` are passwords, tokens and passphrases; `users` the names that go with them in one breath. */
export function watchBirdwire(secrets: readonly string[], users: readonly string[] = []): WatchedBirdwire {
  const pairs = users.flatMap((user) =>
    secrets.flatMap((secret) => [`${user}:${secret}`, `\0${user}\0${secret}`]),
  );
  const hidden = [
    ...secrets.flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]),
    ...[...secrets, ...pairs].map((text) => Buffer.from(text).toString("base64").replace(/=+$/, "")),
    "PRIVATE KEY-----",
  ];
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    async run(args, { logFormat = "text", ...options } = {}) {
      if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
      running++;
      const logged = ["--log-level", "debug", "--log-format", logFormat];
      const startedMs = performance.now();
      const result = await runBirdwireHere([...args, ...logged], options).finally(() => {
        running--;
        waiting.shift()?.();
      });
      const tookMs = performance.now() - startedMs;
      const shown = `${result.stdout}\n${result.stderr}`;
      expect(hidden.filter((text) => shown.includes(text))).toEqual([]);
      return { ...result, tookMs };
    },
  };
}

/** What a run that failed tells people: its last lines, after the log and the summary. */
export function readFailure({ stderr }: RunResult): string {
  return stderr.slice(
    Math.max(0, stderr.lastIndexOf("\nbirdwire: cannot"), stderr.lastIndexOf("\nbirdwire: ")),
  );
}
