/**
 * Recordings that may hold a post.
 */
import type { PostId } from "../kernel/brand.ts";
import { textMentions } from "../operations/mentions.ts";
import type { PostSource } from "../source/port.ts";
import type { Log } from "../telemetry/log.ts";

export interface OpenRecording {
  readonly file: string;
  readonly source: PostSource;
}

export interface OpenRecordings extends AsyncDisposable {
  readonly list: readonly OpenRecording[];
}

/** Opens all of them, so that one that is not there is known before anything is done. Throws SourceError. */
export async function openRecordings(files: readonly string[], log: Log): Promise<OpenRecordings> {
  const { openReplay } = await import("../source/replay.ts");
  const list: OpenRecording[] = [];
  const close = async () => {
    for (const { source } of list) await source[Symbol.asyncDispose]();
  };
  try {
    for (const file of files) list.push({ file, source: await openReplay({ file, log }) });
  } catch (error) {
    await close();
    throw error;
  }
  return { list, [Symbol.asyncDispose]: close };
}

/** Lines that hold one of the ids, as the post itself or as one that refers to it. Throws SourceError. */
export async function* findInRecording(
  { source }: OpenRecording,
  ids: readonly PostId[],
  signal: AbortSignal,
): AsyncGenerator<{ readonly id: PostId; readonly line: number }> {
  const wanted = ids.map((id) => ({ id, bytes: Buffer.from(id) }));
  for await (const posts of source.read(signal)) {
    for (const { raw, origin } of posts) {
      for (const { id, bytes } of wanted) {
        if (textMentions(raw, bytes)) yield { id, line: origin.kind === "replay" ? origin.line : 0 };
      }
    }
  }
}
