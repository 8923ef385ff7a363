/**
 * `birdwire codegen`: Avro schemas to TypeScript, or a check that what was generated is up to date.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { readSchemaFolder } from "../read-schema-folder.ts";

export const codegenCommand = defineCommand({
  name: "codegen",
  describe: "TypeScript from Avro schemas",
  options: {
    schemas: { type: "string", default: "schemas", requiresArg: true, describe: "folder of the .avsc files" },
    out: {
      type: "string",
      demandOption: true,
      requiresArg: true,
      describe: "folder of the TypeScript files",
    },
    check: {
      type: "boolean",
      default: false,
      describe: "write nothing; exit 1 when a file is not up to date",
    },
    runtime: {
      type: "string",
      default: "birdwire",
      requiresArg: true,
      describe: "module that the output imports its one type from",
    },
    "import-extension": {
      choices: [".js", ".ts", "none"],
      default: ".js",
      requiresArg: true,
      describe: "extension of imports between generated files",
    },
  },
  examples: [
    ["codegen --schemas schemas --out src/generated", "write the types"],
    ["codegen --schemas schemas --out src/generated --check", "fail in CI when they are stale"],
  ],
  async run({ host, log }, args) {
    const { generate } = await import("../../../codegen/generate.ts");
    const folder = resolve(host.cwd, args.schemas);
    const outputs = generate({
      files: await readSchemaFolder(folder, args.schemas),
      runtime: args.runtime,
      importExtension: args["import-extension"],
    });
    const stale: string[] = [];
    for (const { fileName, text } of outputs) {
      const path = join(resolve(host.cwd, args.out), fileName);
      const shown = join(args.out, fileName);
      const current = await readFile(path, "utf8").catch(() => null);
      if (current === text) continue;
      if (args.check) {
        stale.push(`${shown}${current === null ? " is missing" : " is not what the schemas say"}`);
        continue;
      }
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      log.info(`wrote ${shown}`);
    }
    if (stale.length > 0) {
      for (const line of stale) log.error(line);
      log.error("run the same command without --check");
      return exitCodes.unexpected;
    }
    log.info(`${outputs.length} generated files are up to date`);
    return exitCodes.ok;
  },
});
