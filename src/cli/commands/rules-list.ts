/**
 * `birdwire rules list`: the rules that X holds, Birdwire's and those of others.
 */
import { fromStoredTag, isStoredTag } from "../../kernel/rule-tag.ts";
import { neutralize } from "../../render/neutralize.ts";
import { widthOf } from "../../render/width.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { endWithSignal, openRulesApi } from "../open-rules.ts";

export const listRulesCommand = defineCommand({
  name: "list",
  describe: "list the rules that X holds, Birdwire's and those of others",
  settings: ["xUrl"],
  options: {
    format: {
      choices: ["text", "json"],
      default: "text",
      requiresArg: true,
      describe: "how they are printed",
    },
  },
  examples: [["list --format json", "ids, tags and values for a program"]],
  async run(context, args) {
    const { host, log } = context;
    const signal = host.interruption();
    return await endWithSignal(context, signal, async () => {
      const rulesApi = await openRulesApi(context, signal);
      const stored = await rulesApi.list();
      const counts = await rulesApi.count();
      const rows = stored.map(({ id, tag, value }) => ({
        id,
        ours: isStoredTag(tag),
        tag: fromStoredTag(tag),
        value,
      }));
      const ours = rows.filter((row) => row.ours).length;
      if (args.format === "json") {
        const body = { x: rulesApi.url, cap: counts?.cap ?? null, rules: rows };
        await writeAll(host.stdout, `${JSON.stringify(body, null, 2)}\n`);
      } else {
        const shown = rows.map((row) =>
          [row.id, row.ours ? "birdwire" : "other", row.tag || "-", row.value].map((text) =>
            neutralize(text),
          ),
        );
        await writeAll(host.stdout, printTable([["id", "whose", "tag", "value"], ...shown]));
        const most = counts === null ? "" : `; X takes ${counts.cap}`;
        log.info(`${rows.length} rules, ${ours} of them Birdwire's${most}`);
      }
      return exitCodes.ok;
    });
  },
});

function printTable(lines: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ""))));
  const pad = (cell: string, column: number) =>
    cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)));
  return lines.map((line) => `${line.map(pad).join("  ").trimEnd()}\n`).join("");
}
