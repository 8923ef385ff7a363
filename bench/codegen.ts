/**
 * Codegen of a large folder, cold and with nothing changed, and how long tsc takes over what it wrote for 20 schemas of
 * 100 fields with five versions each.
 *
 * Options: --subjects N (default 500), --versions N (default 10), --fields N (default 30), --rounds N (default 3).
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { spreadOf } from "./statistics.ts";
import { type CommandTime, judgeTimes, timeCommand } from "./support/timed-command.ts";

const goals = { unchangedMs: 3000, typeCheckMs: 3000 } as const;
const repository = join(import.meta.dirname, "..");

interface FolderShape {
  readonly subjects: number;
  readonly versions: number;
  readonly fields: number;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      subjects: { type: "string", default: "500" },
      versions: { type: "string", default: "10" },
      fields: { type: "string", default: "30" },
      rounds: { type: "string", default: "3" },
    },
  });
  const shape = {
    subjects: Number(values.subjects),
    versions: Number(values.versions),
    fields: Number(values.fields),
  };
  process.stdout.write(`load ${loadavg()[0]?.toFixed(1)} at the start\n`);
  const folder = await mkdtemp(join(tmpdir(), "birdwire-bench-codegen-"));
  try {
    await benchGeneration(join(folder, "large"), shape, Number(values.rounds));
    await benchTypeCheck(join(folder, "wide"), Number(values.rounds));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function benchGeneration(folder: string, shape: FolderShape, rounds: number): Promise<void> {
  await writeSchemas(join(folder, "schemas"), shape);
  const cold = await runCodegen(folder);
  const unchanged: CommandTime[] = [];
  for (let round = 0; round < rounds; round += 1) unchanged.push(await runCodegen(folder));
  const { subjects, versions, fields } = shape;
  const ratio = cold.cpuMs / spreadOf(unchanged.map(({ cpuMs }) => cpuMs)).median;
  process.stdout.write(
    `codegen of ${subjects} subjects x ${versions} versions x ${fields} fields: ${cold.wallMs.toFixed(0)} ms, ${cold.cpuMs.toFixed(0)} ms of CPU cold\n` +
      `with nothing changed: ${judgeTimes(unchanged, goals.unchangedMs)}; ${ratio.toFixed(1)} times less CPU than cold\n`,
  );
}

async function benchTypeCheck(folder: string, rounds: number): Promise<void> {
  await writeSchemas(join(folder, "schemas"), { subjects: 20, versions: 5, fields: 100 });
  await runCodegen(folder);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2023",
    module: "nodenext",
    types: ["node"],
    typeRoots: [join(repository, "node_modules/@types")],
    skipLibCheck: true,
    paths: { birdwire: [join(repository, "src/avro/typed-schema.ts")] },
    allowImportingTsExtensions: true,
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["out"] }));
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const compiler = join(repository, "node_modules/typescript/bin/tsc");
  const checks: CommandTime[] = [];
  for (let round = 0; round < rounds; round += 1) checks.push(await timeCommand([compiler, "-p", folder]));
  process.stdout.write(
    `tsc over 20 subjects x 5 versions x 100 fields: ${judgeTimes(checks, goals.typeCheckMs)}\n`,
  );
}

/** Each version adds a field with a default to the one before it. */
async function writeSchemas(folder: string, { subjects, versions, fields }: FolderShape): Promise<void> {
  const types = ["string", "long", ["null", "string"], { type: "array", items: "double" }];
  for (let subject = 0; subject < subjects; subject += 1) {
    await mkdir(join(folder, `subject-${subject}`), { recursive: true });
    for (let version = 1; version <= versions; version += 1) {
      const list = Array.from({ length: fields - versions + version }, (_, index) => {
        const isAdded = index >= fields - versions;
        return isAdded
          ? { name: `field_${index}`, type: ["null", "string"], default: null, doc: "Came later." }
          : { name: `field_${index}`, type: types[index % types.length], doc: "There from the first." };
      });
      const schema = { type: "record", name: `Subject${subject}`, namespace: "bench", fields: list };
      await writeFile(join(folder, `subject-${subject}`, `v${version}.avsc`), JSON.stringify(schema));
    }
  }
}

function runCodegen(folder: string): Promise<CommandTime> {
  const main = join(repository, "src/main.ts");
  return timeCommand([main, "codegen", "--schemas", join(folder, "schemas"), "--out", join(folder, "out")]);
}
