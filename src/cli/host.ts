/**
 * What a command may use of the process it runs in; main.ts gives the real one, tests give their own.
 */
import type { Readable, Writable } from "node:stream";
import type { Clock } from "../kernel/clock.ts";
import type { TextSink } from "../pipeline/presenter.ts";
import { isReaderGone, toOutputError } from "./output-error.ts";

/** Somebody has to listen to its errors, which are told to whoever wrote. */
export interface OutputStream extends Pick<Writable, "write" | "once" | "off"> {
  /** What it has failed with. */
  readonly errored?: Error | null;
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

/**
 * Resolves when the system has the content, so that a slow reader holds the writer back. Rejects with OutputError when
 * it does not take it, or only a part.
 */
export function writeAll(stream: OutputStream, content: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // One that is closed meanwhile does not say so to who writes.
    const onClose = () => reject(toOutputError(stream.errored ?? null));
    stream.once("close", onClose);
    stream.write(content, (error) => {
      stream.off("close", onClose);
      // One that has failed refuses what comes later for being closed.
      if (error) reject(toOutputError(stream.errored ?? error));
      else resolve();
    });
  });
}

/**
 * Says on stdout what a command does that changes something: a reader that has gone does not leave the work half done.
 * Rejects with OutputError when stdout fails.
 */
export async function tellReader(stdout: OutputStream, text: string): Promise<void> {
  try {
    await writeAll(stdout, text);
  } catch (error) {
    if (!isReaderGone(error)) throw error;
  }
}

/** Says it on stderr. What that does not take is lost, since there is no other place to say it. */
export async function tell(stderr: OutputStream, text: string): Promise<void> {
  await writeAll(stderr, text).catch(() => {});
}
