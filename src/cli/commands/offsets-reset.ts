/**
 * `birdwire offsets reset`: moves a consumer group that nobody reads.
 */
import { kafkaSettings } from "../../config/settings.ts";
import { KafkaError } from "../../kafka/error.ts";
import type { GroupMember } from "../../kafka/port.ts";
import { parseTopicName } from "../../kernel/brand.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { offsetsOptions, parseGroup, parseResetTarget } from "../offsets-options.ts";
import { openKafka } from "../open-clients.ts";
import { parsePartitions } from "../start-options.ts";

export const offsetsResetCommand = defineCommand({
  name: "reset",
  describe: "move a group that has no members",
  settings: [...kafkaSettings, "topic", "clientId"],
  options: {
    ...offsetsOptions,
    to: {
      type: "string",
      requiresArg: true,
      demandOption: true,
      describe: "earliest, latest, an offset, a time (2026-01-31T12:00:00Z, or 15m ago), or shift:-100",
    },
    partitions: { type: "string", requiresArg: true, describe: "move only these, for example 0,2" },
    "dry-run": { type: "boolean", default: false, describe: "say what would be moved, and move nothing" },
  },
  examples: [
    ["reset --group screen --to earliest --dry-run", "what it would do"],
    ["reset --group screen --to 2h", "the next run shows the last two hours again"],
    ["reset --group screen --to shift:-100", "each partition a hundred back"],
  ],
  async run(context, args) {
    const { host, log } = context;
    const place = { group: parseGroup(args.group), topic: parseTopicName(context.config.topic) };
    const target = parseResetTarget(args.to, host.clock.now());
    const partitions = parsePartitions(args.partitions);
    const { applyReset, planReset } = await import("../../operations/offsets.ts");
    const { printMoves, printOffsetsJson } = await import("../print-offsets.ts");
    const kafka = await openKafka(context);
    await using admin = await kafka.openAdmin();
    const plan = await planReset(admin, { ...place, target, partitions });
    const { members, moves } = plan;
    const dryRun = args["dry-run"];
    if (!dryRun) refuseWhileRead(place.group, members);
    for (const { partition, to, wanted } of moves) {
      if (wanted === undefined) continue;
      log.warn(`partition ${partition} does not hold offset ${wanted}: the group goes to ${to}`);
    }
    if (!dryRun) await applyReset(admin, plan);
    const text =
      args.format === "json"
        ? printOffsetsJson(moves.map((move) => ({ ...move, dry_run: dryRun })))
        : printMoves(place, moves);
    await writeAll(host.stdout, text);
    if (dryRun) {
      log.info("nothing is moved: --dry-run");
      refuseWhileRead(place.group, members);
    }
    return exitCodes.ok;
  },
});

function refuseWhileRead(group: string, members: readonly GroupMember[]): void {
  if (members.length === 0) return;
  const names = members.map(({ clientId, host }) => `${clientId} on ${host}`).join(", ");
  throw new KafkaError("group-active", `cannot move group ${group}: it is read by ${names}`);
}
