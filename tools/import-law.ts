/**
 * The import law: which room may import which. This table is the law itself; `check-imports.ts` enforces it.
 *
 * An entry is read as it is written: `"serde"` allows any file of that room, `"kafka/port"` that room's `port.ts`
 * alone, `"avro (types)"` only `import type`, and `"any/facts"` the `facts.ts` (constants of a protocol) of any
 * room. A room may always import itself.
 */

/** Where each room lives: a folder (ends with "/") or one file, from the root of the repository. */
export const roomPlaces = {
  main: "src/main.ts",
  index: "src/index.ts",
  cli: "src/cli/",
  config: "src/config/",
  pipeline: "src/pipeline/",
  operations: "src/operations/",
  changeset: "src/changeset/",
  source: "src/source/",
  x: "src/x/",
  rules: "src/rules/",
  filter: "src/filter/",
  tweets: "src/tweets/",
  serde: "src/serde/",
  registry: "src/registry/",
  kafka: "src/kafka/",
  render: "src/render/",
  evolution: "src/evolution/",
  avro: "src/avro/",
  wire: "src/wire/",
  telemetry: "src/telemetry/",
  generated: "src/generated/",
  emulators: "src/emulators/",
  kernel: "src/kernel/",
  codegen: "codegen/",
  schemas: "schemas/",
  "integration-tests": "integration-tests/",
  bench: "bench/",
  tools: "tools/",
} as const;

export type Room = keyof typeof roomPlaces;
export const rooms = Object.keys(roomPlaces) as readonly Room[];

/** File names (at the top of a room) that other rooms may be allowed to import alone. */
export const aloneFiles = ["port", "facts"] as const;
export type AloneFile = (typeof aloneFiles)[number];

export type LawEntry = Room | `${Room} (types)` | `${Room}/port` | "any/facts";

/** Rooms that serve only those who build Birdwire: they may import anything, and nothing may import them. */
export const builderRooms = ["integration-tests", "bench", "tools"] as const satisfies readonly Room[];

/** Rooms nothing imports: the builders' ones; the bin; and schemas, which are read as files, by path. */
export const neverImported: readonly Room[] = [...builderRooms, "main", "schemas"];
const everyRoom = rooms.filter((room) => !neverImported.includes(room));

export const importLaw: Readonly<Record<Room, readonly LawEntry[]>> = {
  main: ["cli"],
  cli: everyRoom,
  index: [
    "pipeline",
    "serde",
    "source/port",
    "kafka",
    "registry",
    "config",
    "generated",
    "avro (types)",
    "telemetry",
    "kernel",
  ],
  pipeline: [
    "tweets",
    "serde",
    "kafka/port",
    "source/port",
    "render",
    "generated (types)",
    "telemetry",
    "kernel",
  ],
  operations: ["kafka/port", "serde", "registry", "generated (types)", "telemetry", "kernel"],
  changeset: ["registry", "evolution", "avro", "config", "kernel"],
  serde: ["registry", "evolution", "avro", "wire", "generated", "kernel"],
  registry: ["avro (types)", "telemetry", "kernel"],
  kafka: ["avro (types)", "telemetry", "kernel"],
  x: ["rules", "source/port", "telemetry", "kernel"],
  source: ["telemetry", "kernel"],
  tweets: ["generated", "serde (types)", "kernel"],
  render: ["generated", "serde (types)", "kernel"],
  // What is kept or left out are records as they are shown: fields are named and read in one way.
  filter: ["render", "kernel"],
  // Never a client: an emulator and a client that share code can share a bug, and it would cancel itself out.
  emulators: ["rules", "evolution", "avro", "wire", "telemetry", "kernel", "any/facts"],
  evolution: ["avro", "kernel"],
  generated: ["avro (types)"],
  rules: ["kernel"],
  config: ["kernel"],
  avro: ["kernel"],
  wire: ["kernel"],
  telemetry: ["kernel"],
  kernel: [],
  codegen: ["avro", "evolution", "kernel"],
  schemas: [],
  "integration-tests": everyRoom,
  bench: everyRoom,
  tools: everyRoom,
};

/** What the tests of a room (`*.test.ts`, and `testing/` folders) may import besides what their room may. */
export const testsMayAlsoImport: readonly LawEntry[] = ["kernel", "generated"];

/** Folders of test code inside a room: production code may not import from them. `cases` holds test data. */
export const testFolders = ["testing", "cases"] as const;

export interface PackageRule {
  /** Package name, or a `node:` module; its subpaths are meant too. */
  readonly name: string;
  /** Paths from the root of the repository that may import it; builders' rooms always may. */
  readonly onlyIn: RegExp;
  /** What to do instead. */
  readonly wayOut: string;
}

/** Packages that one place owns, so that they can be replaced there and nowhere else. */
export const packageRules: readonly PackageRule[] = [
  {
    name: "avsc",
    onlyIn: /^src\/avro\//,
    wayOut: "use src/avro/codec.ts or src/avro/parse-schema.ts",
  },
  {
    name: "kafkajs",
    onlyIn: /^src\/kafka\/kafkajs[^/]*\.ts$/,
    wayOut: "take a KafkaClient (src/kafka/port.ts); the adapter is src/kafka/kafkajs*.ts",
  },
  {
    name: "twitter-api-v2",
    onlyIn: /^src\/x\//,
    wayOut: "take a PostSource (src/source/port.ts), or add what is missing to src/x/",
  },
  {
    name: "@kafkajs/confluent-schema-registry",
    onlyIn: /^src\/registry\//,
    wayOut: "take a RegistryClient from src/registry/",
  },
  {
    name: "prom-client",
    onlyIn: /^src\/telemetry\//,
    wayOut: "add a metric with src/telemetry/metrics.ts",
  },
  {
    name: "re2js",
    onlyIn: /^src\/filter\//,
    wayOut: "compile a filter with src/filter/compile-filter.ts",
  },
  {
    name: "yargs",
    onlyIn: /^src\/cli\//,
    wayOut: "parse flags in src/cli/ and pass what they mean",
  },
  {
    name: "node:process",
    onlyIn: /^src\/main\.ts$/,
    wayOut: "src/main.ts alone touches the process: take what you need as a parameter",
  },
];
