/**
 * Where a target is known to answer otherwise than the contract says. A difference is asserted: its case has to fail
 * there, so that it turns red when the difference is gone.
 */
export const targetKinds = ["emulator", "address"] as const;
export type RegistryTargetKind = (typeof targetKinds)[number];

export interface Difference {
  /** The title of the case. */
  readonly title: string;
  /** One line. */
  readonly reason: string;
}

export const differences: Readonly<Record<RegistryTargetKind, readonly Difference[]>> = {
  emulator: [],
  address: [],
};
