/**
 * How every emulator takes its port, and the one error they share.
 */
import type { AddressInfo, Server } from "node:net";
import { BirdwireError, describeCause } from "../kernel/error.ts";

export type EmulatorErrorCode =
  | "port-in-use"
  | "cannot-listen"
  | "invalid-option"
  | "unreadable-replay"
  | "unreadable-registry-data"
  | "unwritable-registry-data";
export class EmulatorError extends BirdwireError<EmulatorErrorCode> {}

export interface ListenOptions {
  /** What listens, for the message: "Kafka emulator". */
  readonly what: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** Resolves with the port that was taken. Throws EmulatorError `port-in-use` or `cannot-listen`. */
export async function listen(server: Server, { what, host, port }: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => {
      server.off("listening", onListening);
      const inUse = cause.code === "EADDRINUSE";
      reject(
        new EmulatorError(
          inUse ? "port-in-use" : "cannot-listen",
          inUse
            ? `the ${what} cannot listen on ${host}:${port}: the port is in use; choose another one, or 0 for any free one`
            : `the ${what} cannot listen on ${host}:${port}: ${describeCause(cause)}`,
          { details: { what, host, port }, cause },
        ),
      );
    };
    const onListening = () => {
      server.off("error", onError);
      resolve();
    };
    server.once("error", onError);
    server.once("listening", onListening);
    server.listen(port, host);
  });
  return (server.address() as AddressInfo).port;
}
