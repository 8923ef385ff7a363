/**
 * The file that keeps the registry's state over restarts. It is only ever replaced as a whole (written beside, synced,
 * renamed), so that whoever reads it finds one state or the next; nothing is answered before it is in there.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { describeCause } from "../../kernel/error.ts";
import { isJsonObject } from "../../kernel/json.ts";
import { EmulatorError } from "../listen.ts";
import { parseState, printState } from "./state-text.ts";
import { createRegistryState, type RegistryState } from "./store.ts";

export interface RegistryData {
  readonly state: RegistryState;
  /** To be called after each change of the state. */
  changed(): void;
  /** Resolves when all changes so far are kept; rejects when they could not be, and the next call tries again. */
  saved(): Promise<void>;
}

/** State that ends with the process. */
export function createVolatileData(): RegistryData {
  return { state: createRegistryState(), changed() {}, async saved() {} };
}

/**
 * The state of the file; a new one where there is none.
 * Throws EmulatorError `unreadable-registry-data` or `unwritable-registry-data`.
 */
export async function openRegistryData(file: string): Promise<RegistryData> {
  const state = await readState(file);
  // Synced before it takes the place of the old one: a rename may reach the disk before the data does.
  const replaceFile = async (text: string) => {
    const beside = `${file}.tmp`;
    await writeFile(beside, text, { flush: true });
    await rename(beside, file);
  };
  let revision = 0;
  let keptRevision = 0;
  let writing: Promise<void> | null = null;
  async function write(): Promise<void> {
    const current = revision;
    await replaceFile(printState(state));
    keptRevision = current;
  }
  const data: RegistryData = {
    state,
    changed() {
      revision += 1;
    },
    async saved() {
      const wanted = revision;
      // One write at a time; all that change while it runs share the next one.
      while (keptRevision < wanted) {
        writing ??= write().finally(() => {
          writing = null;
        });
        await writing;
      }
    },
  };
  try {
    // What cannot be written is better known before anyone relies on it.
    await replaceFile(printState(state));
  } catch (cause) {
    throw new EmulatorError(
      "unwritable-registry-data",
      `the registry emulator cannot write its data to ${file}: ${describeCause(cause)}`,
      { details: { file }, cause },
    );
  }
  return data;
}

async function readState(file: string): Promise<RegistryState> {
  try {
    return parseState(await readFile(file, "utf8"));
  } catch (cause) {
    if (isMissing(cause)) return createRegistryState();
    throw new EmulatorError(
      "unreadable-registry-data",
      `the registry emulator cannot read its data from ${file}: ${describeCause(cause)}; move the file away to start anew`,
      { details: { file }, cause },
    );
  }
}

function isMissing(cause: unknown): boolean {
  return isJsonObject(cause) && cause.code === "ENOENT";
}
