/**
 * `birdwire offsets show`: where a consumer group stands in a topic.
 */
import { kafkaSettings } from "../../config/settings.ts";
import { parseTopicName } from "../../kernel/brand.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { offsetsOptions, parseGroup } from "../offsets-options.ts";
import { openKafka } from "../open-clients.ts";

export const offsetsShowCommand = defineCommand({
  name: "show",
  describe: "what a group has committed, the ends, and what lies between",
  settings: [...kafkaSettings, "topic", "clientId"],
  options: offsetsOptions,
  examples: [
    ["show --group screen", "committed, end and lag of each partition"],
    ["show --group screen --format json", "the same, one object a line"],
  ],
  async run(context, args) {
    const place = { group: parseGroup(args.group), topic: parseTopicName(context.config.topic) };
    const { readStanding } = await import("../../operations/offsets.ts");
    const { printOffsetsJson, printStanding } = await import("../print-offsets.ts");
    const kafka = await openKafka(context);
    await using admin = await kafka.openAdmin();
    const standing = await readStanding(admin, place);
    await writeAll(
      context.host.stdout,
      args.format === "json" ? printOffsetsJson(standing.partitions) : printStanding(place, standing),
    );
    return exitCodes.ok;
  },
});
