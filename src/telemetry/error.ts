/**
 * What can go wrong with the little server that shows how a run fares.
 */
import { BirdwireError } from "../kernel/error.ts";

export type TelemetryErrorCode =
  /** Somebody listens there already. */
  | "http-port-in-use"
  /** The address is not this machine's, or the port is not for us. */
  | "http-cannot-listen";
export class TelemetryError extends BirdwireError<TelemetryErrorCode> {}
