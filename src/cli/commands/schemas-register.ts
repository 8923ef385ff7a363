/**
 * `birdwire schemas register`: every version of every subject of a folder, level first, versions in their order.
 */
import { resolve } from "node:path";
import { parseSubjects } from "../../changeset/subjects.ts";
import { ConfigError } from "../../config/load-config.ts";
import { registrySettings } from "../../config/settings.ts";
import { parseSubjectName } from "../../kernel/brand.ts";
import { describeCause } from "../../kernel/error.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { openRegistry } from "../open-clients.ts";
import { readSchemaFolder } from "../read-schema-folder.ts";

export const registerCommand = defineCommand({
  name: "register",
  describe: "register the schemas of a folder",
  settings: [...registrySettings, "clientId"],
  options: {
    schemas: {
      type: "string",
      default: "schemas",
      requiresArg: true,
      describe: "folder with subjects.json and <record>/vN.avsc",
    },
  },
  examples: [["register --registry http://localhost:8081", "the folder schemas/ here"]],
  async run(context, args) {
    const { host, log } = context;
    const files = await readSchemaFolder(resolve(host.cwd, args.schemas), args.schemas);
    const list = files.find(({ path }) => path === "subjects.json");
    if (list === undefined) {
      throw new ConfigError("invalid-config", `there is no subjects.json in ${args.schemas}`);
    }
    const { parseSchemaText } = await import("../../avro/parse-schema.ts");
    const { toSchemaText } = await import("../../avro/canonical.ts");
    const read = (path: string, text: string) => {
      try {
        return parseSchemaText(text);
      } catch (cause) {
        throw new ConfigError("invalid-config", `${args.schemas}/${path}: ${describeCause(cause)}`, {
          cause,
        });
      }
    };
    const registry = await openRegistry(context);
    const planned = parseSubjects(list.text, `${args.schemas}/subjects.json`).map((entry) => {
      const versions = listVersions(entry.record, files);
      if (versions.length === 0) {
        throw new ConfigError(
          "invalid-config",
          `${args.schemas}: there is no ${entry.record}/v1.avsc for ${entry.subject}`,
        );
      }
      // All of them are read before the first one is registered.
      return {
        entry,
        versions: versions.map(({ number, text }) => ({
          number,
          text: toSchemaText(read(`${entry.record}/v${number}.avsc`, text)),
        })),
      };
    });
    for (const { entry, versions } of planned) {
      const subject = parseSubjectName(entry.subject);
      for (const { number, text } of versions) {
        const { id } = await registry.register(subject, text, { level: entry.compatibility });
        log.info(`${subject} version ${number} has id ${id}`, { level: entry.compatibility });
      }
    }
    return exitCodes.ok;
  },
});

function listVersions(record: string, files: readonly { readonly path: string; readonly text: string }[]) {
  return files
    .flatMap(({ path, text }) => {
      const match = /^(.+)\/v([1-9]\d*)\.avsc$/.exec(path);
      return match?.[1] === record ? [{ number: Number(match[2]), text }] : [];
    })
    .sort((one, other) => one.number - other.number);
}
