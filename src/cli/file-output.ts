/**
 * Stdout that goes into a file. Node's own stream for that takes a write of which the disk had room for a part as done
 * (`lib/internal/fs/sync_write_stream.js` ignores what `writeSync` returns): records would count as printed that are
 * not there.
 */
import { fstatSync, writeSync } from "node:fs";
import { Writable } from "node:stream";

/** `fs.writeSync` of bytes from a place on; returns how many were written. */
export type WriteSync = (fd: number, bytes: Buffer, from: number) => number;

/** Has a text in the file when its write is done. Leaves the descriptor open. */
export function createFileOutput(fd: number, write: WriteSync = writeSync): Writable {
  return new Writable({
    write(bytes: Buffer, _encoding, done) {
      try {
        for (let from = 0; from < bytes.length; ) from += write(fd, bytes, from);
      } catch (error) {
        done(error as Error);
        return;
      }
      done();
    },
  });
}

/** False also where the system does not say, as of some terminals. */
export function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}
