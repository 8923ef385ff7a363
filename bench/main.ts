/**
 * The benches by name, `npm run bench -- kafka --rounds 5`, or all of them without one. Each runs its subject side by side with its yardstick
 * in one run and prints rates and ratios; what follows the name goes to the bench.
 */
interface Bench {
  readonly summary: string;
  /** Loaded only when it is asked for. */
  readonly load: () => Promise<{ run(args: readonly string[]): Promise<void> }>;
}

const benches: Readonly<Record<string, Bench>> = {
  codegen: {
    summary: "codegen of 500 subjects x 10 versions, and tsc over what it wrote for 20 wide ones",
    load: () => import("./codegen.ts"),
  },
  consume: {
    summary: "`birdwire consume --format json` into a pipe, beside kafkajs that reads the same topic",
    load: () => import("./consume.ts"),
  },
  decode: {
    summary:
      "records of three versions read as the latest, beside @kafkajs/confluent-schema-registry and bare avsc",
    load: () => import("./decode.ts"),
  },
  kafka: {
    summary: "kafkajs on the emulator and on Apache Kafka: records produced and consumed a second",
    load: () => import("./kafka.ts"),
  },
  memory: {
    summary: "resident memory of a producer whose broker is slow, over a million posts and more",
    load: () => import("./memory.ts"),
  },
  pipeline: {
    summary:
      "a post's whole way through three emulators in one process, beside kafkajs alone; memory over two million",
    load: () => import("./pipeline.ts"),
  },
  schemas: {
    summary: "`birdwire schemas check` on 500 subjects of 10 versions: one changed head a subject, and cold",
    load: () => import("./schemas.ts"),
  },
  stream: {
    summary:
      "X's stream from a socket to Tweets, beside twitter-api-v2's own and JSON.parse alone; long and endless lines",
    load: () => import("./stream.ts"),
  },
  startup: {
    summary: "how soon `birdwire up` of the built package is ready, and its memory when idle",
    load: () => import("./startup.ts"),
  },
  writers: {
    summary: "a topic that ten thousand schemas wrote, read by `birdwire consume`",
    load: () => import("./writers.ts"),
  },
};

const [name, ...args] = process.argv.slice(2);
const wanted = name === undefined ? Object.keys(benches) : [name];
for (const each of wanted) {
  const bench = benches[each];
  if (bench === undefined) {
    const list = Object.entries(benches).map(([known, { summary }]) => `  ${known}  ${summary}\n`);
    process.stderr.write(`no bench is named ${each}; there are:\n${list.join("")}`);
    process.exitCode = 2;
    break;
  }
  process.stdout.write(`== ${each}\n`);
  const { run } = await bench.load();
  await run(args);
}
