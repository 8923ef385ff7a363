/**
 * Where somebody who answers is known to do otherwise than the contract says. A difference is asserted: its case has
 * to fail there, so that it turns red when the difference is gone. Apache Kafka and the Confluent registry have no
 * list: they are what the contract is about.
 */
import { apicurioDifferences } from "./apicurio-differences.ts";

export type AnswererName = "emulator" | "apicurio" | "env";

export interface Difference {
  /** The title of the case, which no other case has. */
  readonly title: string;
  /** One line. */
  readonly reason: string;
}

export const differences: Readonly<Record<AnswererName, readonly Difference[]>> = {
  emulator: [
    {
      title: "members of both protocols share a group",
      reason:
        "online migration of groups is not emulated: it answers as if the migration policy were disabled",
    },
  ],
  apicurio: apicurioDifferences,
  env: [],
};
