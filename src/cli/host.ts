/**
 * What a command may use of the process it runs in; main.ts gives the real one, tests give their own.
 */
import type { Readable, Writable } from "node:stream";
import type { Clock } from "../kernel/clock.ts";
import type { TextSink } from "../pipeline/presenter.ts";

export interface OutputStream extends Pick<Writable, "write" | "once" | "off"> {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly writableLength?: number;
}

export interface Host {
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What X's stream, its emulator and the loops wait by. Brokers and registries are awaited in real time. */
  readonly clock: Clock;
  readonly stdin: Readable;
  /** Data and nothing else. */
  readonly stdout: OutputStream;
  /**
   * Whether the system has the bytes when stdout says that it holds none: their memory is used again then. What other
   * streams pass on would change under its reader. Default false.
   */
  readonly isStdoutDirect?: boolean;
  /** Everything else. */
  readonly stderr: OutputStream;
  /** Aborted by the first SIGINT or SIGTERM. Whoever asks for it has to end soon after it is aborted. */
  interruption(): AbortSignal;
}

/** Where a loop prints. */
export function openTextSink({ stdout, isStdoutDirect }: Pick<Host, "stdout" | "isStdoutDirect">): TextSink {
  return {
    write: (text) => writeAll(stdout, text),
    async writeBytes(bytes, onDone) {
      await writeAll(stdout, bytes);
      if (isStdoutDirect === true && stdout.writableLength === 0) onDone();
    },
  };
}

/** Writes and waits for room, so that a slow reader holds the writer back. */
export function writeAll(stream: OutputStream, content: string | Uint8Array): Promise<void> {
  if (stream.write(content)) return Promise.resolve();
  return new Promise((resolve) => {
    // A stream that failed never drains.
    const events = ["drain", "error", "close"] as const;
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.once(event, done);
  });
}
