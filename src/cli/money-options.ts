/**
 * The options of every command that reads X's stream, which costs: what is asked for beyond posts, and how a budget is
 * kept. The budget itself is a setting.
 */
import { findStatePath } from "../config/state-path.ts";
import { hasUsers } from "../tweets/asked-fields.ts";
import type { TweetVersion } from "../tweets/version.ts";
import type { CommandContext } from "./command.ts";
import type { MoneySettings } from "./open-money.ts";
import { parseDurationOption, UsageError } from "./usage-error.ts";

export const moneyOptions = {
  expand: {
    type: "string",
    array: true,
    nargs: 1,
    choices: ["users"],
    describe: "ask X for more, which it bills: users, the author of each post, at twice the price of a post",
  },
  "budget-margin": {
    type: "string",
    default: "1s",
    requiresArg: true,
    describe: "stop that much of the current rate before the budget, for what X has sent by then",
  },
} as const;

/** Settings that go with the options. */
export const moneySettings = ["budget", "state"] as const;

export interface MoneyChoice {
  /** Authors are asked for. */
  readonly users: boolean;
  readonly money: MoneySettings;
}

/** Throws UsageError. */
export function parseMoneyOptions(
  { config, host }: Pick<CommandContext, "config" | "host">,
  args: { readonly expand?: unknown; readonly "budget-margin": string },
  schemaVersion: TweetVersion,
): MoneyChoice {
  const marginMs = parseDurationOption("budget-margin", args["budget-margin"]);
  const users = Array.isArray(args.expand) && args.expand.length > 0;
  if (users && !hasUsers(schemaVersion)) {
    throw new UsageError("usage", `--expand users: version ${schemaVersion} has no place for them; 3 has`);
  }
  return { users, money: { statePath: findStatePath(config, host.env, host.cwd), marginMs } };
}
