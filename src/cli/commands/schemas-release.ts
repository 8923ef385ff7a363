/**
 * `birdwire schemas release`: freezes what was not released yet into lock.json.
 */
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { neutralize } from "../../render/neutralize.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { readPackageVersion } from "../package-root.ts";
import { folderOption, openSchemaFolder } from "../schema-reports.ts";

export const releaseCommand = defineCommand({
  name: "release",
  describe: "freeze the versions that are new into lock.json",
  options: folderOption,
  examples: [["release", "after `schemas check` has nothing to say"]],
  async run({ host, log }, { schemas }) {
    const { createRelease } = await import("../../changeset/release.ts");
    const changeset = await openSchemaFolder(host, schemas);
    const release = createRelease(changeset);
    if (release.kind === "refused") {
      const { printReport } = await import("../../changeset/report.ts");
      const { listChecked } = await import("../../changeset/check.ts");
      const facts = { checked: listChecked(changeset), toolVersion: readPackageVersion() };
      await writeAll(
        host.stdout,
        neutralize(printReport(release.entries, "text", facts), { keepLines: true }),
      );
      log.error("nothing was released");
      return exitCodes.schema;
    }
    const { paths, lockText } = release;
    if (lockText !== null) await writeFile(join(resolve(host.cwd, schemas), "lock.json"), lockText);
    for (const path of paths) log.info(`released ${path}`);
    if (paths.length === 0) {
      log.info(
        `there is nothing to release${lockText === null ? "" : "; lock.json has the hashes of all files now"}`,
      );
    }
    return exitCodes.ok;
  },
});
