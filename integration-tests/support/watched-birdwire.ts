/**
 * Runs of the bin whose whole output is searched for the secrets of the test: as they are, and in the forms in which
 * they go over a network.
 */
import { expect } from "@jest/globals";
import { type RunOptions, type RunResult, runBirdwire } from "./birdwire.ts";

export interface WatchedBirdwire {
  /** Runs to the end with all that can be logged, as text or as JSON. Fails when a secret shows. */
  run(
    args: readonly string[],
    options?: RunOptions & { readonly logFormat?: "text" | "json" },
  ): Promise<RunResult>;
}

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
  return {
    async run(args, { logFormat = "text", ...options } = {}) {
      const logged = ["--log-level", "debug", "--log-format", logFormat];
      const result = await runBirdwire([...args, ...logged], options);
      const shown = `${result.stdout}\n${result.stderr}`;
      expect(hidden.filter((text) => shown.includes(text))).toEqual([]);
      return result;
    },
  };
}

/** What a run that failed tells people: its last lines, after the log and the summary. */
export function readFailure({ stderr }: RunResult): string {
  return stderr.slice(
    Math.max(0, stderr.lastIndexOf("\nbirdwire: cannot"), stderr.lastIndexOf("\nbirdwire: ")),
  );
}
