/**
 * Who answers in this run of the contract. `npm run test:contract -- --target NAME` sets the variables:
 *
 * - `BIRDWIRE_CONTRACT_TARGET`: `emulator` (each file starts its own; the default), `containers` or `env`.
 * - `BIRDWIRE_CONTRACT_BROKERS` (host:port) and `BIRDWIRE_CONTRACT_REGISTRY_URL`: where the servers of the others are.
 * - `BIRDWIRE_REGISTRY_FLAVOUR`: what kind of registry that is.
 */
import { type RegistryFlavour, readRegistryFlavour } from "../support/registry-flavours.ts";
import { type AnswererName, type Difference, differences } from "./differences.ts";

export const targetKinds = ["emulator", "containers", "env"] as const;
export type TargetKind = (typeof targetKinds)[number];

export interface ContractTarget {
  readonly kind: TargetKind;
  /** How it reads in a title. */
  readonly name: string;
  /** host:port; null for the emulator. */
  readonly brokers: string | null;
  /** Without a slash at the end; null for the emulator. */
  readonly registryUrl: string | null;
  readonly registryFlavour: RegistryFlavour;
}

/** Throws when the variables name no target, or one without an address. */
export function readTarget(env: Readonly<Record<string, string | undefined>> = process.env): ContractTarget {
  const wanted = env.BIRDWIRE_CONTRACT_TARGET ?? "emulator";
  const kind = targetKinds.find((name) => name === wanted);
  if (kind === undefined) {
    throw new Error(`BIRDWIRE_CONTRACT_TARGET is ${wanted}; it may be ${targetKinds.join(", ")}`);
  }
  if (kind === "emulator") {
    const name = "the emulator";
    return { kind, name, brokers: null, registryUrl: null, registryFlavour: "confluent" };
  }
  return {
    kind,
    name: kind === "containers" ? "containers" : "the servers of the environment",
    brokers: env.BIRDWIRE_CONTRACT_BROKERS ?? null,
    registryUrl: env.BIRDWIRE_CONTRACT_REGISTRY_URL?.replace(/\/+$/, "") ?? null,
    registryFlavour: readRegistryFlavour(env.BIRDWIRE_REGISTRY_FLAVOUR),
  };
}

export type Side = "kafka" | "registry";

/** Whose lists of differences count for that side of the target. */
export function answerersOf(target: ContractTarget, side: Side): readonly AnswererName[] {
  const flavour = side === "registry" && target.registryFlavour === "apicurio" ? (["apicurio"] as const) : [];
  switch (target.kind) {
    case "emulator":
      return ["emulator"];
    case "containers":
      return flavour;
    case "env":
      return ["env", ...flavour];
  }
}

/** Null where the case must hold as it stands. */
export function findDifference(target: ContractTarget, side: Side, title: string): Difference | null {
  const known = answerersOf(target, side).flatMap((name) => differences[name]);
  return known.find((difference) => difference.title === title) ?? null;
}
