/**
 * Small files that must outlive a process. A file is only ever replaced as a whole (written beside, synced, renamed,
 * the folder synced), so that whoever reads it, after a kill -9 or a power cut too, finds one state or the next.
 */
import { randomBytes } from "node:crypto";
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { BirdwireError, describeCause } from "./error.ts";
import { isJsonObject } from "./json.ts";

export type StateErrorCode = "unwritable-state" | "unreadable-state";
/** `details.path` is the file or folder. */
export class StateError extends BirdwireError<StateErrorCode> {}

export interface StateFolder {
  readonly path: string;
  /** The text of a file, or null where there is none. Throws StateError `unreadable-state`. */
  read(name: string): Promise<string | null>;
  /** Resolves when the text is on the disk under that name. Throws StateError `unwritable-state`. */
  write(name: string, text: string): Promise<void>;
  /** Removes a file, if it is there. Throws StateError `unwritable-state`. */
  remove(name: string): Promise<void>;
  /** Names of the files directly in a folder below this one; none where there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
}

/** Nobody but the user: what lies there tells what was spent and read. */
const folderMode = 0o700;
const fileMode = 0o600;

/**
 * Makes the folder where it is missing, and makes sure that files can be written there. Names of files are paths below
 * it, with "/"; folders on the way are made.
 *
 * Throws StateError `unwritable-state`.
 */
export async function openStateFolder(path: string): Promise<StateFolder> {
  const folder: StateFolder = {
    path,
    async read(name) {
      const file = join(path, name);
      try {
        return await readFile(file, "utf8");
      } catch (cause) {
        if (isMissing(cause)) return null;
        throw stateError("unreadable-state", "read", file, cause);
      }
    },
    async write(name, text) {
      const file = join(path, name);
      try {
        await makeFolder(dirname(file));
        await replaceFile(file, text);
      } catch (cause) {
        throw stateError("unwritable-state", "written", file, cause);
      }
    },
    async remove(name) {
      const file = join(path, name);
      try {
        await rm(file, { force: true });
      } catch (cause) {
        throw stateError("unwritable-state", "removed", file, cause);
      }
    },
    async list(name) {
      const below = join(path, name);
      try {
        const entries = await readdir(below, { withFileTypes: true });
        return entries
          .filter((entry) => entry.isFile())
          .map((entry) => entry.name)
          .sort();
      } catch (cause) {
        if (isMissing(cause)) return [];
        throw stateError("unreadable-state", "read", below, cause);
      }
    },
  };
  try {
    await makeFolder(path);
    // Better known now than when something has to be kept.
    const probe = join(path, `.probe-${token()}`);
    await writeFile(probe, "", { mode: fileMode });
    await rm(probe);
  } catch (cause) {
    throw stateError("unwritable-state", "written", path, cause);
  }
  return folder;
}

/**
 * Node's own way to make the folders above too never ends where a file system says of a folder that is there that it is
 * not, as /proc does.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: folderMode });
  } catch (error) {
    if (isCode(error, "EEXIST") && (await stat(path)).isDirectory()) return;
    if (!isMissing(error) || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    // Another process may have been faster.
    await mkdir(path, { mode: folderMode }).catch((again: unknown) => {
      if (!isCode(again, "EEXIST")) throw again;
    });
  }
}

/**
 * Puts `text` into the place of what the file has. Two writers at once leave the text of one of them, never a mixture.
 * Rejects with the file system's error; the file is then as it was.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const beside = `${file}.${token()}.tmp`;
  try {
    // Synced before it takes the place of the old one: a rename may reach the disk before the data does.
    await writeFile(beside, text, { mode: fileMode, flag: "wx", flush: true });
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(file));
}

/** Makes the new name last; some file systems sync no folders, and have the rename all the same. */
async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    await handle.sync();
  } catch {
    // The file itself is synced.
  } finally {
    await handle?.close();
  }
}

function token(): string {
  return randomBytes(6).toString("hex");
}

function isMissing(cause: unknown): boolean {
  return isCode(cause, "ENOENT");
}

function isCode(cause: unknown, code: string): boolean {
  return isJsonObject(cause) && cause.code === code;
}

function stateError(code: StateErrorCode, done: string, path: string, cause: unknown): StateError {
  return new StateError(code, `${path}, which keeps state, cannot be ${done}: ${describeCause(cause)}`, {
    details: { path },
    cause,
  });
}
