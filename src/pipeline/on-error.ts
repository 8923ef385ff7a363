/**
 * What becomes of a record that cannot be read.
 */

export const onErrorPolicies = [
  /** It goes to the dead-letter topic, and is committed then. */
  "dead-letter",
  /** It is told and counted, and passed over. */
  "skip",
  /** The run ends before it: what came earlier is shown and committed. */
  "fail",
] as const;
export type OnError = (typeof onErrorPolicies)[number];

/** Those that a line which is no value of its schema may meet. */
export const lineErrorPolicies = ["dead-letter", "fail"] as const satisfies readonly OnError[];
