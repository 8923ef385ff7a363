/**
 * The long runs as data: what is started, and what must be found on the other side.
 */
import { readFile } from "node:fs/promises";
import { readDelivered, runBirdwire, startEmulators } from "../support/birdwire.ts";
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

export const evidence: readonly EvidenceRun[] = [recorded, cutRun("bytes"), cutRun("utf8"), cutRun("crlf")];
