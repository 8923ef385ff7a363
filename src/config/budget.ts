/**
 * A budget as people type it: AMOUNTusd/day, for example 5usd/day. A day is one of UTC, as X counts them.
 */
import { z } from "zod";

export interface Budget {
  /** Thousandths of a dollar, the unit of X's prices. */
  readonly millsPerDay: number;
}

export type BudgetParse =
  | { readonly kind: "parsed"; readonly budget: Budget }
  | { readonly kind: "refused"; readonly reason: string };

const form = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z$€£]*)\s*(?:\/\s*([a-z]*))?\s*$/i;
const example = "for example 5usd/day or 0.50usd/day";
/** A billion dollars a day: whoever types more has mistyped. */
const maxMills = 1e12;

export function parseBudget(value: unknown): BudgetParse {
  const refuse = (reason: string): BudgetParse => ({ kind: "refused", reason });
  const match = typeof value === "string" ? form.exec(value) : null;
  if (match === null) return refuse(`is not a budget, ${example}`);
  const [, amount = "", unit = "", period = ""] = match;
  if (unit === "") return refuse(`has no currency, ${example}`);
  if (unit.toLowerCase() !== "usd") return refuse(`is not in usd, in which X bills, ${example}`);
  if (period.toLowerCase() !== "day") {
    const what = period === "" ? "does not say for how long" : `is not for a day but for a ${period}`;
    return refuse(`${what}: a budget is for a day of UTC, ${example}`);
  }
  const mills = Math.round(Number(amount) * 1000);
  if (Math.abs(mills - Number(amount) * 1000) > 1e-6) return refuse("is finer than a tenth of a cent");
  if (mills < 1) return refuse("is no money at all: leave X alone with --replay");
  if (mills > maxMills) return refuse("is more than a billion dollars");
  return { kind: "parsed", budget: { millsPerDay: mills } };
}

export const budgetSetting = z.unknown().transform((value, context): Budget => {
  const parsed = parseBudget(value);
  if (parsed.kind === "parsed") return parsed.budget;
  context.addIssue({ code: "custom", message: parsed.reason });
  return z.NEVER;
});
