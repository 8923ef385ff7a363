/**
 * Reading an X stream in tests: with small bounds, a log that is kept, and an end after so many posts.
 */
import { createSystemClock } from "../../kernel/clock.ts";
import type { SourcedPost } from "../../source/port.ts";
import { silentLog } from "../../telemetry/log.ts";
import { openXStream, type XStream, type XStreamOptions } from "../x-stream.ts";

export interface TestStream extends AsyncDisposable {
  readonly stream: XStream;
  /** Lines of the log from warnings up. */
  readonly warnings: readonly { message: string; fields: unknown }[];
  /** Reads until `count` lines came, or to the end when there is none, and stops. */
  read(count?: number): Promise<SourcedPost[]>;
}

export async function openTestStream(
  options: Partial<XStreamOptions> & { url: string },
): Promise<TestStream> {
  const warnings: { message: string; fields: unknown }[] = [];
  const stream = await openXStream({
    token: "secret-token",
    clock: createSystemClock(),
    log: { ...silentLog, warn: (message, fields) => warnings.push({ message, fields }) },
    random: () => 0,
    ...options,
  });
  return {
    stream,
    warnings,
    async read(count = Number.POSITIVE_INFINITY) {
      const stop = new AbortController();
      const lines: SourcedPost[] = [];
      for await (const batch of stream.read(stop.signal)) {
        lines.push(...batch);
        if (lines.length >= count) stop.abort();
      }
      return lines;
    },
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}

/** The payloads of posts; a malformed line becomes its message. */
export function payloadsOf(lines: readonly SourcedPost[]): unknown[] {
  return lines.map((line) => (line.kind === "post" ? line.payload : line.message));
}
