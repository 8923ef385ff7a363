/**
 * The benches by name: `npm run bench -- kafka --rounds 5`. Each runs its subject side by side with its yardstick
 * in one run and prints rates and ratios; what follows the name goes to the bench.
 */
interface Bench {
  readonly summary: string;
  /** Loaded only when it is asked for. */
  readonly load: () => Promise<{ run(args: readonly string[]): Promise<void> }>;
}

const benches: Readonly<Record<string, Bench>> = {
  kafka: {
    summary: "kafkajs on the emulator and on Apache Kafka: records produced and consumed a second",
    load: () => import("./kafka.ts"),
  },
};

const [name, ...args] = process.argv.slice(2);
const bench = name === undefined ? undefined : benches[name];
if (bench === undefined) {
  const list = Object.entries(benches).map(([known, { summary }]) => `  ${known}  ${summary}\n`);
  process.stderr.write(
    `${name === undefined ? "" : `no bench is named ${name}\n`}benches:\n${list.join("")}`,
  );
  process.exitCode = name === undefined ? 0 : 2;
} else {
  const { run } = await bench.load();
  await run(args);
}
