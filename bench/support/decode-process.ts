/**
 * One way to decode a mix of versions, as a program: `decode-process.ts WAY REGISTRY SECONDS` reads records of v1, v2 and
 * v3 in turn as the latest Tweet, warms up for as long as it then measures, and writes what it measured as one JSON object.
 */
import avsc from "avsc";
import { createCodec } from "../../src/avro/codec.ts";
import { type Tweet, TweetSchema, TweetVersions } from "../../src/generated/tweet.ts";
import { parseSubjectName, type SchemaId } from "../../src/kernel/brand.ts";
import { createRegistryClient } from "../../src/registry/client.ts";
import { createDecoder } from "../../src/serde/decoder.ts";
import { mapPost } from "../../src/tweets/map-post.ts";
import { tweetVersions } from "../../src/tweets/version.ts";
import { encodeFrame, frameHeadBytes } from "../../src/wire/frame.ts";
import { createPosts } from "./posts.ts";

export interface DecodeFigures {
  readonly records: number;
  readonly seconds: number;
  /** Of processor time of all threads, which other work on the machine disturbs less. */
  readonly cpuSeconds: number;
  /** Of one pass over the mix, the same for every way: nobody leaves out work. */
  readonly digest: string;
}

/** Decodes every frame once and gives the values, or what the last of them is awaited with. */
type Pass = (frames: readonly Buffer[], seen: (value: Tweet) => void) => void | Promise<void>;

const postsInMix = 1000;
const subject = parseSubjectName("twitter-value");
const [way = "", url = "", wanted = "1"] = process.argv.slice(2);
const limitMs = Number(wanted) * 1000;
const registry = createRegistryClient({ url });
const ids: SchemaId[] = [];
for (const { json } of TweetVersions) {
  ids.push((await registry.register(subject, json, { level: "FULL_TRANSITIVE" })).id);
}

const ways: Readonly<Record<string, () => Promise<Pass>>> = {
  async birdwire() {
    const decoder = createDecoder(registry, TweetSchema, { subject });
    return async (frames, seen) => {
      for (const frame of frames) {
        const decoding = decoder.decode(frame, {});
        const outcome = decoding instanceof Promise ? await decoding : decoding;
        if (outcome.kind !== "record") throw new Error(JSON.stringify(outcome));
        seen(outcome.value);
      }
    };
  },
  async avsc() {
    const typeOf = (json: string) => avsc.Type.forSchema(JSON.parse(json));
    const reader = typeOf(TweetSchema.json);
    const resolvers = new Map<number, ReturnType<typeof reader.createResolver>>();
    for (const [index, { json }] of TweetVersions.entries()) {
      resolvers.set(Number(ids[index]), reader.createResolver(typeOf(json)));
    }
    return (frames, seen) => {
      for (const frame of frames) {
        const resolver = resolvers.get(frame.readUInt32BE(1));
        seen(reader.fromBuffer(frame.subarray(frameHeadBytes), resolver));
      }
    };
  },
  async library() {
    const { SchemaRegistry } = await import("@kafkajs/confluent-schema-registry");
    const library = new SchemaRegistry({ host: url });
    const options = { AVRO: { readerSchema: JSON.parse(TweetSchema.json) } };
    return async (frames, seen) => {
      for (const frame of frames) seen(await library.decode(frame, options));
    };
  },
};

const pass = await ways[way]?.();
if (pass === undefined) throw new Error(`there is no way ${way}`);
const frames = createFrames();
let characters = 0;
let fields = 0;
const seen = (tweet: Tweet) => {
  characters += tweet.text.length;
  fields += (tweet.entities?.hashtags.length ?? 0) + (tweet.public_metrics?.like_count ?? 0);
};
await pass(frames, seen);
const digest = `${characters} ${fields}`;
await runPasses();
process.stdout.write(`${JSON.stringify({ ...(await runPasses()), digest } satisfies DecodeFigures)}\n`);
process.exit(0);

async function runPasses() {
  const run = pass as Pass;
  const startMs = performance.now();
  const before = process.cpuUsage();
  let passes = 0;
  // A slow way takes a part of the mix at a time, so that it does not overrun by a whole one.
  const stride = way === "library" ? 30 : frames.length;
  let records = 0;
  for (; performance.now() - startMs < limitMs; passes++) {
    const from = (passes * stride) % frames.length;
    await run(frames.slice(from, from + stride), seen);
    records += stride;
  }
  const { user, system } = process.cpuUsage(before);
  return { records, seconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6 };
}

function createFrames(): Buffer[] {
  const codecs = TweetVersions.map(({ json }) => createCodec(json));
  return createPosts(postsInMix).flatMap((line) =>
    tweetVersions.map((version, index) => {
      const mapped = mapPost(JSON.parse(line), { version, ingestedAtMs: 1_700_000_000_000 });
      const [codec, id] = [codecs[index], ids[index]];
      if (mapped.kind === "rejected" || codec === undefined || id === undefined) throw new Error(line);
      return encodeFrame(id, codec.encode(mapped.tweet));
    }),
  );
}
