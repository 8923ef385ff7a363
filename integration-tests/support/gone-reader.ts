/**
 * A stdout whose reader goes away, as `| head` does.
 */
import { Writable } from "node:stream";

export interface GoneReader {
  readonly stdout: Writable;
  /** What it was given before it went. */
  taken(): string;
}

/** It goes after so many writes. */
export function createGoneReader({ writes }: { readonly writes: number }): GoneReader {
  const taken: string[] = [];
  const stdout = new Writable({
    write(content, _encoding, done) {
      if (taken.length === writes) return done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
      taken.push(String(content));
      done();
    },
  });
  // Whoever wrote is told.
  stdout.on("error", () => {});
  return { stdout, taken: () => taken.join("") };
}
