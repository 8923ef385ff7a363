/**
 * Single files out of a jar, without unpacking the rest.
 * Spec: PKWARE's APPNOTE, 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end); no ZIP64.
 */
import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const stored = 0;

export interface JarFile {
  readonly names: readonly string[];
  /** Throws for a name that is not there. */
  read(name: string): Buffer;
}

export function openJar(path: string): JarFile {
  const jar = readFileSync(path);
  let end = jar.length - 22;
  while (end >= 0 && jar.readUInt32LE(end) !== endSignature) end--;
  if (end < 0) throw new Error(`${path} is no jar`);
  const entries = new Map<string, { method: number; byteLength: number; localAt: number }>();
  let at = jar.readUInt32LE(end + 16);
  for (let left = jar.readUInt16LE(end + 10); left > 0; left--) {
    if (jar.readUInt32LE(at) !== entrySignature)
      throw new Error(`${path}: the directory is damaged at ${at}`);
    const nameEnd = at + 46 + jar.readUInt16LE(at + 28);
    entries.set(jar.toString("utf8", at + 46, nameEnd), {
      method: jar.readUInt16LE(at + 10),
      byteLength: jar.readUInt32LE(at + 20),
      localAt: jar.readUInt32LE(at + 42),
    });
    at = nameEnd + jar.readUInt16LE(at + 30) + jar.readUInt16LE(at + 32);
  }
  return {
    names: [...entries.keys()],
    read(name) {
      const entry = entries.get(name);
      if (entry === undefined) throw new Error(`${path} has no ${name}`);
      const { localAt, byteLength, method } = entry;
      const from = localAt + 30 + jar.readUInt16LE(localAt + 26) + jar.readUInt16LE(localAt + 28);
      const packed = jar.subarray(from, from + byteLength);
      return method === stored ? packed : inflateRawSync(packed);
    },
  };
}
