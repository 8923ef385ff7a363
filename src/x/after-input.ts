/**
 * A time limit that has passed says nothing while input waits: when a process was held up, its timers come before what
 * lies in its sockets.
 */

/** Calls `callback` once what lies in the sockets now was taken. */
export function afterInput(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}
