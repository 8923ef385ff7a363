/**
 * Posts of several scripts, and servers that send them.
 */
import {
  beginStream,
  type ScriptedServer,
  type StreamScript,
  startScriptedServer,
  write,
} from "./scripted-server.ts";

const texts = ["plain", "grüße", "👩‍👩‍👧 こんにちは", "שלום", "\ufffd", "a\r\nb"];
export const post = (id: number) => ({
  data: { id: `${id}`, text: texts[id % texts.length], created_at: "2022-06-14T18:00:03.000Z" },
  matching_rules: [{ id: "1", tag: "birdwire:x" }],
});
export const posts = (count: number, from = 1) => Array.from({ length: count }, (_, n) => post(from + n));
export const lineOf = (payload: unknown) => `${JSON.stringify(payload)}\r\n`;
export const bytesOf = (payloads: readonly unknown[]) => Buffer.from(payloads.map(lineOf).join(""));

/** A server whose every connect plays its own script; the last one repeats. */
export const serve = (...scripts: StreamScript[]): Promise<ScriptedServer> =>
  startScriptedServer({
    stream: (response, connection, request) =>
      scripts[Math.min(connection, scripts.length) - 1]?.(response, connection, request),
  });

/** Lets everything that is due happen, `count` times. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Sends everything and keeps the stream open. */
export const sends =
  (bytes: string | Buffer): StreamScript =>
  (response) =>
    write(beginStream(response), bytes);
export const silent: StreamScript = (response) => beginStream(response);
