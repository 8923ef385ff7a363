/**
 * `birdwire forget ID...`: posts that X wants deleted.
 */
import { kafkaSettings, registrySettings } from "../../config/settings.ts";
import { parsePostId } from "../../kernel/brand.ts";
import { neutralize } from "../../render/neutralize.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { tellReader } from "../host.ts";
import { parseDurationOption, UsageError } from "../usage-error.ts";

const defaultTimeout = "1h";

export const forgetCommand = defineCommand({
  name: "forget",
  operands: "<ids..>",
  describe: "delete posts from the topic, and say what else holds them",
  settings: [...kafkaSettings, ...registrySettings, "topic", "clientId"],
  options: {
    ids: { type: "string", array: true, demandOption: true, describe: "ids of posts" },
    recordings: {
      type: "string",
      array: true,
      requiresArg: true,
      describe: "recorded files that are searched for the posts",
    },
    wait: {
      type: "boolean",
      default: false,
      describe: "return when a read of the whole topic no longer finds them",
    },
    timeout: {
      type: "string",
      requiresArg: true,
      describe: `how long --wait waits at most [${defaultTimeout}]`,
    },
  },
  examples: [
    ["forget 1536770448950245102", "a tombstone in the partition of the post"],
    ["forget 1536770448950245102 --wait --timeout 25h", "until compaction has taken it away"],
    ["forget 1536770448950245102 --recordings monday.ndjson.zst tuesday.ndjson.gz", "and who else has it"],
  ],
  async run(context, args) {
    const { host } = context;
    const ids = [...new Set(args.ids.map((id) => parsePostId(String(id))))];
    if (args.timeout !== undefined && !args.wait) {
      throw new UsageError("usage", "--timeout bounds --wait, which is not given");
    }
    const timeoutMs = parseDurationOption("timeout", args.timeout ?? defaultTimeout);
    const signal = host.interruption();
    const { runForget } = await import("../run-forget.ts");
    await runForget({
      ...context,
      ids,
      recordings: (args.recordings ?? []).map(String),
      waitMs: args.wait ? timeoutMs : undefined,
      tell: (line) => tellReader(host.stdout, `${neutralize(line)}\n`),
      clock: host.clock,
      signal,
    });
    return exitCodes.ok;
  },
});
