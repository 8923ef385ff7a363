/**
 * `birdwire schemas check` on a team's whole estate: 500 subjects of 10 versions of 30 fields, FULL_TRANSITIVE. With
 * the lock, one changed head a subject; and cold, where no verdict is known. A process each, from the sources.
 *
 * Options: --rounds N (default 3), --subjects N (default 500).
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { spreadOf } from "./statistics.ts";
import { type CommandTime, judgeTimes, timeCommand } from "./support/timed-command.ts";

const bin = join(import.meta.dirname, "..", "src", "main.ts");
const goals = { changedMs: 3000, coldMs: 60_000 } as const;
const versions = 10;
const fields = 30;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: "string", default: "3" }, subjects: { type: "string", default: "500" } },
  });
  const subjects = Number(values.subjects);
  const cwd = await mkdtemp(join(tmpdir(), "birdwire-bench-schemas-"));
  try {
    await writeFolder(cwd, subjects);
    const runSchemas = (command: "check" | "release") => timeCommand([bin, "schemas", command], cwd);
    await runSchemas("release");
    // The tenth version, changed on this branch, is not in the lock.
    for (let subject = 0; subject < subjects; subject += 1) await writeVersion(cwd, subject, versions);
    process.stdout.write(`load ${loadavg()[0]?.toFixed(1)} at the start, ${subjects} subjects\n`);
    const changed: CommandTime[] = [];
    for (let round = 0; round < Number(values.rounds); round += 1) changed.push(await runSchemas("check"));
    report("with the lock and one changed head a subject", changed, goals.changedMs);
    await rm(join(cwd, "schemas", "lock.json"));
    const cold = await runSchemas("check");
    report("cold, without a lock", [cold], goals.coldMs);
    const ratio = cold.cpuMs / spreadOf(changed.map(({ cpuMs }) => cpuMs)).median;
    process.stdout.write(`the lock saves ${ratio.toFixed(1)} times the CPU\n`);
  } finally {
    await rm(cwd, { recursive: true });
  }
}

function report(what: string, times: readonly CommandTime[], goalMs: number): void {
  process.stdout.write(`check ${what}: ${judgeTimes(times, goalMs)}\n`);
}

async function writeFolder(cwd: string, subjects: number): Promise<void> {
  const list = Array.from({ length: subjects }, (_, subject) => ({
    subject: `s${subject}-value`,
    topic: `s${subject}`,
    record: `s${subject}`,
    compatibility: "FULL_TRANSITIVE",
  }));
  await mkdir(join(cwd, "schemas"));
  await writeFile(join(cwd, "schemas", "subjects.json"), JSON.stringify({ subjects: list }));
  for (let subject = 0; subject < subjects; subject += 1) {
    await mkdir(join(cwd, "schemas", `s${subject}`));
    for (let version = 1; version < versions; version += 1) await writeVersion(cwd, subject, version);
  }
}

/** Each version has one field more, the last of them thirty. */
async function writeVersion(cwd: string, subject: number, version: number): Promise<void> {
  const types = ["string", "long", "double", "boolean", { type: "array", items: "string" }];
  const given = ["", 0, 0, false, []];
  const schema = {
    type: "record",
    name: `Subject${subject}`,
    namespace: "bench",
    doc: "A record of the bench.",
    fields: Array.from({ length: fields - versions + version }, (_, field) => ({
      name: `field_${field}`,
      type: types[field % types.length],
      doc: "A field of the bench.",
      default: given[field % given.length],
    })),
  };
  const path = join(cwd, "schemas", `s${subject}`, `v${version}.avsc`);
  await writeFile(path, `${JSON.stringify(schema, null, 2)}\n`);
}
