/**
 * The long runs as data: what is started, and what must be found on the other side.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "../../src/emulators/x/generator/random.ts";
import { readDelivered, runBirdwire, startEmulators } from "../support/birdwire.ts";
import { freshName } from "../support/kafka-clients.ts";
import { killConsumers } from "../support/kill-consumers.ts";
import { killProducer, printRecording, recordedPost } from "../support/kill-producer.ts";
import { readJsonLines } from "../support/screen.ts";

export interface EvidenceRow {
  /** Posts that the emulator had to play; some of them match no rule. */
  readonly posts: number;
  readonly delivered: number;
  readonly printed: number;
  /** Delivered and not printed. */
  readonly lost: number;
  /** Printed and not delivered. */
  readonly extra: number;
  /** Of consumers that are killed: printed again though it had been committed. */
  readonly twice: number;
  /** Printed with another text than was sent. */
  readonly altered: number;
}

export interface EvidenceRun {
  readonly name: string;
  execute(): Promise<EvidenceRow>;
}

interface TweetLine {
  readonly id: string;
  readonly text: string;
}

const generatedPosts = 20_000;
const generatorRule = "all=python OR BTS OR typescript OR kafka OR avro";

async function carry(
  up: readonly string[],
  rules: readonly string[],
): Promise<{ lines: TweetLine[]; delivered: string[] }> {
  await using emulators = await startEmulators([...up, "--x-rate", "max"]);
  const { env, addresses } = emulators;
  const flags = rules.flatMap((rule) => ["--rule", rule]);
  const produced = await runBirdwire(["produce", ...flags, "--until-idle", "3s"], { env });
  if (produced.code !== 0) throw new Error(produced.stderr);
  const consumed = await runBirdwire(["consume", "--from-beginning", "--until-end", "--format", "json"], {
    env,
  });
  if (consumed.code !== 0) throw new Error(consumed.stderr);
  return {
    lines: readJsonLines<TweetLine>(consumed.stdout),
    delivered: await readDelivered(addresses.xControlUrl),
  };
}

function judge(
  posts: number,
  { lines, delivered }: { lines: readonly TweetLine[]; delivered: readonly string[] },
  textOf: ReadonlyMap<string, string>,
): EvidenceRow {
  const printed = new Set(lines.map(({ id }) => id));
  const expected = new Set(delivered);
  return {
    posts,
    delivered: expected.size,
    printed: lines.length,
    lost: [...expected].filter((id) => !printed.has(id)).length,
    extra: [...printed].filter((id) => !expected.has(id)).length,
    twice: lines.length - printed.size,
    altered: lines.filter(({ id, text }) => textOf.get(id) !== text).length,
  };
}

let uncut: Promise<ReadonlyMap<string, string>> | undefined;

/** Texts of the generator as they arrive over an uncut stream. */
function readUncut(): Promise<ReadonlyMap<string, string>> {
  uncut ??= carry(["--x-posts", String(generatedPosts), "--x-seed", "7"], [generatorRule]).then(
    ({ lines }) => new Map(lines.map(({ id, text }) => [id, text])),
  );
  return uncut;
}

function cutRun(cut: string): EvidenceRun {
  return {
    name: `generated-${cut}`,
    async execute() {
      const texts = await readUncut();
      const up = ["--x-posts", String(generatedPosts), "--x-seed", "7", "--x-cut", cut];
      return judge(generatedPosts, await carry(up, [generatorRule]), texts);
    },
  };
}

const recorded: EvidenceRun = {
  name: "recorded",
  async execute() {
    const file = process.env.BIRDWIRE_TEST_TWEETS;
    if (file === undefined) throw new Error("BIRDWIRE_TEST_TWEETS names no file of recorded posts");
    const posts = readJsonLines<{ data: TweetLine }>(await readFile(file, "utf8"));
    const outcome = await carry(["--x-replay", file], ["love=love", "fun=lol OR lmao OR haha"]);
    return judge(posts.length, outcome, new Map(posts.map(({ data }) => [data.id, data.text])));
  },
};

const killedPosts = 100_000;
const kills = 20;

/** Servers of yours where the contract's variables name them, else emulators. */
async function openServers() {
  const { BIRDWIRE_CONTRACT_BROKERS: brokers, BIRDWIRE_CONTRACT_REGISTRY_URL: registry } = process.env;
  const emulators = brokers === undefined ? await startEmulators() : null;
  const env: Record<string, string> = {
    ...(brokers !== undefined && { BIRDWIRE_BROKERS: brokers }),
    ...(registry !== undefined && { BIRDWIRE_REGISTRY_URL: registry }),
    ...emulators?.env,
  };
  return {
    env,
    brokers: brokers ?? emulators?.addresses.brokers ?? "",
    registryUrl: registry ?? emulators?.addresses.registryUrl ?? "",
    async [Symbol.asyncDispose]() {
      await emulators?.[Symbol.asyncDispose]();
    },
  };
}

const readSeed = () => Number(process.env.BIRDWIRE_EVIDENCE_SEED ?? Date.now() % 1_000_000);

const consumedRecords = 200_000;
const consumeSpanMs = 160_000;

/** kill -9 of one of three consumers of a group at random moments, with restarts. */
const killedConsumers: EvidenceRun = {
  name: "consume-kill",
  async execute() {
    await using servers = await openServers();
    const seed = readSeed();
    const { killedAt, repeats, foreign, codes, uncommitted, ...row } = await killConsumers({
      ...servers,
      topic: freshName("consume-kill"),
      records: consumedRecords,
      kills,
      spanMs: consumeSpanMs,
      random: createRandom(seed).next,
    });
    console.error(
      `consume-kill: seed ${seed}; printed at each kill: ${killedAt.join(", ")}; ${repeats} repeats, all but ${foreign.length} since the last commit; the last members ended with ${codes.join(", ")}, ${uncommitted} records not committed`,
    );
    for (const what of foreign.slice(0, 20)) console.error(`consume-kill: ${what}`);
    const delivered = consumedRecords;
    return { ...row, posts: consumedRecords, delivered, extra: uncommitted, twice: foreign.length };
  },
};

/** kill -9 of the producer at random moments, with restarts. */
const killed: EvidenceRun = {
  name: "kill",
  async execute() {
    await using servers = await openServers();
    const { env, brokers } = servers;
    const folder = await mkdtemp(join(tmpdir(), "birdwire-kill-"));
    try {
      const file = join(folder, "posts.ndjson");
      await writeFile(file, printRecording(killedPosts));
      const topic = freshName("kill");
      const seed = readSeed();
      const random = createRandom(seed).next;
      const plan = { topic, file, posts: killedPosts, kills, random, brokers, env };
      const { killedAt } = await killProducer(plan);
      console.error(`kill: seed ${seed}; the topic had, at each kill: ${killedAt.join(", ")}`);
      const consume = ["consume", "--from-beginning", "--until-end", "--format", "json", "--topic", topic];
      const consumed = await runBirdwire(consume, { env });
      if (consumed.code !== 0) throw new Error(consumed.stderr);
      const all = Array.from({ length: killedPosts }, (_, index) => recordedPost(index));
      const outcome = {
        lines: readJsonLines<TweetLine>(consumed.stdout),
        delivered: all.map(({ id }) => id),
      };
      return judge(killedPosts, outcome, new Map(all.map(({ id, text }) => [id, text])));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

export const evidence: readonly EvidenceRun[] = [
  killed,
  killedConsumers,
  recorded,
  cutRun("bytes"),
  cutRun("utf8"),
  cutRun("crlf"),
];
