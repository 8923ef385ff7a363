/**
 * What the commands on X's rules begin with: the file, the token, and X's rules endpoint.
 */
import { resolve } from "node:path";
import type { FileRule } from "../config/rules-file.ts";
import { describeCause } from "../kernel/error.ts";
import type { RulesApi } from "../x/rules-api.ts";
import type { CommandContext } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Host } from "./host.ts";
import { readBearerToken } from "./x-token.ts";

export const rulesFileOption = {
  rules: {
    type: "string",
    default: "rules.yaml",
    requiresArg: true,
    describe: "file of the rules: YAML or JSON, a list of {tag, value, note}",
  },
} as const;

export async function openRulesFile({ cwd }: Host, shown: string): Promise<FileRule[]> {
  const { readRulesFile } = await import("../config/rules-file.ts");
  return await readRulesFile(resolve(cwd, shown), shown);
}

/** Calls given `signal` end when it is aborted. Throws UsageError without a token, XError for a bad address. */
export async function openRulesApi(
  { host, config }: CommandContext,
  signal?: AbortSignal,
): Promise<RulesApi> {
  const token = await readBearerToken(host.env, "the emulator takes any");
  const { createXApi } = await import("../x/twitter-api.ts");
  const { createRulesApi } = await import("../x/rules-api.ts");
  const api = createXApi({ url: config.xUrl, token, clock: host.clock });
  return createRulesApi({ api, ...(signal === undefined ? {} : { signal }) });
}

/** Runs `work`; what a signal broke off ends well, and the process with the signal's code. */
export async function endWithSignal(
  { log }: CommandContext,
  signal: AbortSignal,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    log.warn("stopped by a signal", { during: describeCause(error) });
    return exitCodes.ok;
  }
}
