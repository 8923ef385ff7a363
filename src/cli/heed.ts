/**
 * A signal is heeded while something is being opened too: a server that does not answer must not hold up Ctrl-C.
 */

/** Thrown by `heed`: the run was told to end before it had begun. */
export class Interrupted extends Error {}

/**
 * What `opening` resolves with. Rejects with Interrupted as soon as the signal is aborted; what opens too late is
 * closed then, and how it failed is of no interest any more.
 */
export async function heed<T>(signal: AbortSignal, opening: Promise<T>): Promise<T> {
  let onAbort = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Interrupted("told to end while opening"));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([interrupted, opening]);
  } catch (error) {
    if (error instanceof Interrupted) opening.then(close, () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function close(resource: unknown): Promise<void> {
  if (typeof resource !== "object" || resource === null || !(Symbol.asyncDispose in resource)) return;
  const dispose = resource[Symbol.asyncDispose];
  if (typeof dispose === "function") await Promise.resolve(dispose.call(resource)).catch(() => {});
}
