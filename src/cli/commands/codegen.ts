/**
 * `birdwire codegen`: Avro schemas to TypeScript, or a check that what was generated is up to date.
 */
import { mkdir, writeFile } from "node:fs/promises";
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
    long: {
      choices: ["number", "bigint"],
      default: "number",
      requiresArg: true,
      describe: "a number is refused beyond 2^53-1, a bigint holds all 64 bits",
    },
    "timestamp-millis": {
      choices: ["number", "date"],
      default: "number",
      requiresArg: true,
      describe: "milliseconds, or a Date",
    },
    decimal: {
      choices: ["buffer", "string"],
      default: "buffer",
      requiresArg: true,
      describe: "the unscaled number's bytes, or a text such as -12.50",
    },
    uuid: {
      choices: ["string", "checked"],
      default: "string",
      requiresArg: true,
      describe: "any text, or only a UUID",
    },
  },
  examples: [
    ["codegen --out types --long bigint --timestamp-millis date", "64-bit longs in full, times as Dates"],
    ["codegen --schemas schemas --out src/generated", "write the types"],
    ["codegen --schemas schemas --out src/generated --check", "fail in CI when they are stale"],
  ],
  async run({ host, log }, args) {
    const { describeStale, readGenerated } = await import("../generated-folder.ts");
    const out = resolve(host.cwd, args.out);
    const { files, strays } = await readGenerated(
      out,
      await readSchemaFolder(resolve(host.cwd, args.schemas), args.schemas),
      {
        runtime: args.runtime,
        importExtension: args["import-extension"],
        values: {
          long: args.long,
          timestampMillis: args["timestamp-millis"],
          decimal: args.decimal,
          uuid: args.uuid,
        },
      },
    );
    const gone = strays.map(
      (path) => `${join(args.out, path)} was generated, and no schema stands for it any more: delete it`,
    );
    if (args.check) {
      const stale = files.flatMap((file) => {
        const fault = describeStale(file);
        return fault === null ? [] : [`${join(args.out, file.fileName)} ${fault}`];
      });
      for (const line of [...stale, ...gone]) log.error(line);
      if (stale.length > 0) log.error("run the same command without --check");
      if (stale.length + gone.length > 0) return exitCodes.unexpected;
    } else {
      for (const { fileName, text, state } of files) {
        if (state === "current") continue;
        const path = join(out, fileName);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, text);
        if (state !== "resealed") log.info(`wrote ${join(args.out, fileName)}`);
      }
      for (const line of gone) log.warn(line);
    }
    log.info(`${files.length} generated files are up to date`);
    return exitCodes.ok;
  },
});
