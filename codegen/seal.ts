/**
 * The second line of a generated file: a digest of what the file was made from and of its own text. A file whose seal
 * holds was made by this very generator from these very sources, and nobody has edited it since.
 */
import { createHash } from "node:crypto";

const sealStart = "// Digest of the sources, the generator and this text: ";
const digestLength = 64;

/** `text` with its seal; `inputs` is a digest of everything else that decides about it. */
export function sealText(text: string, inputs: string): string {
  const headEnd = text.indexOf("\n") + 1;
  return `${text.slice(0, headEnd)}${sealStart}${digestOf(inputs, text)}\n${text.slice(headEnd)}`;
}

/** The text that `sealText` was given, and the digest; null for a text that has none. */
export function readSeal(sealed: string): { readonly text: string; readonly digest: string | null } {
  const headEnd = sealed.indexOf("\n") + 1;
  const start = headEnd + sealStart.length;
  const end = start + digestLength;
  if (headEnd === 0 || !sealed.startsWith(sealStart, headEnd) || sealed[end] !== "\n") {
    return { text: sealed, digest: null };
  }
  return { text: sealed.slice(0, headEnd) + sealed.slice(end + 1), digest: sealed.slice(start, end) };
}

/** True for what `sealText` makes of some text and these inputs. */
export function holdsSeal(sealed: string, inputs: string): boolean {
  const { text, digest } = readSeal(sealed);
  return digest !== null && digest === digestOf(inputs, text);
}

function digestOf(inputs: string, text: string): string {
  return createHash("sha256").update(`${inputs}\n${text}`).digest("hex");
}
