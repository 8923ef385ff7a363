/**
 * What a fault finds when it strikes an open stream, and what it may do there.
 */
import type { Clock } from "../../../kernel/clock.ts";
import type { StreamConnection } from "../stream-connection.ts";
import type { OfferedPost } from "./faults.ts";
import type { PlannedFault } from "./plan.ts";

export type StreamFault = Extract<PlannedFault, { on: "stream" }>;

/** What a fault does its work with. */
export interface Scene {
  readonly connection: StreamConnection;
  readonly clock: Clock;
  readonly fault: StreamFault;
  /** Aborted when the connection is closed. */
  readonly closed: AbortSignal;
  /** The next so many posts that match, held back; fewer when the source ends or the connection is closed. */
  take(count: number): Promise<readonly OfferedPost[]>;
  /** Sends a post, with other text if there is some. */
  send(offered: OfferedPost, line?: string): void;
  /** Reports a post as matched that will not be sent. */
  lose(offered: OfferedPost): void;
  /** Sends nothing more, and resolves when the connection is closed. */
  mute(): Promise<void>;
}

export function lineOf(connection: StreamConnection, { post, frameEnd }: OfferedPost): string {
  return `{${connection.project(post)}${frameEnd}`;
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
