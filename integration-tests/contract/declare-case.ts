/**
 * How a case of the contract becomes a test of jest: as it stands, or, where the target is known to differ, as one
 * that has to fail.
 */
import { test } from "@jest/globals";
import { type ContractTarget, findDifference, type Side } from "./target.ts";

/** Declares a case; the title is unique in the whole contract. */
export type DeclareCase = (title: string, run: () => Promise<void>, timeoutMs?: number) => void;

/** `onStart` is told the title of each case before it runs. */
export function caseDeclarer(
  target: ContractTarget,
  side: Side,
  onStart: (title: string) => void = () => {},
): DeclareCase {
  return (title, run, timeoutMs) => {
    const difference = findDifference(target, side, title);
    const runCase = async () => {
      onStart(title);
      await run();
    };
    if (difference === null) test(title, runCase, timeoutMs);
    else test.failing(`${title} [differs: ${difference.reason}]`, runCase, timeoutMs);
  };
}
