/**
 * What X says on a stream before it closes it, as one frame. Source: x-api facts 1.4.
 */
import { problemType } from "./problems.ts";

const details = {
  ForceDisconnect:
    "This stream has been disconnected because another connection was opened or it was terminated.",
  SlowReader: "This stream has been disconnected because its reader did not keep up with it.",
  OperationalDisconnect: "This stream has been disconnected for operational reasons.",
} as const;

/** With the CRLF that ends it. */
export function disconnectNotice(type: keyof typeof details): string {
  const error = {
    title: "operational-disconnect",
    disconnect_type: type,
    detail: details[type],
    type: problemType("operational-disconnect"),
  };
  return `${JSON.stringify({ errors: [error] })}\r\n`;
}
