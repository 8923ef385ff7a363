/**
 * A request's JSON body: bounded, UTF-8, one value.
 */
import type { IncomingMessage } from "node:http";
import { describeCause } from "../../kernel/error.ts";
import { refuse } from "./refusal.ts";

/** Far above any schema that people write, far below what would hurt. */
export const maxBodyBytes = 10 * 1024 * 1024;

/** Undefined for an empty body. Throws Refusal 400 or 413. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += (chunk as Buffer).length;
    if (length > maxBodyBytes) {
      // The rest is read and dropped, so that the client gets to see the answer.
      request.resume();
      throw refuse.tooLarge(maxBodyBytes);
    }
    chunks.push(chunk as Buffer);
  }
  if (length === 0) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks, length));
    return JSON.parse(text);
  } catch (error) {
    throw refuse.badRequest(`Malformed JSON in the request body: ${describeCause(error)}`);
  }
}
