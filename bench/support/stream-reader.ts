/**
 * One way to read a stream, as a program: `stream-reader.ts WAY ADDRESS POSTS WARM-UP [VERSION]` reads so many posts and
 * writes how long those after the warm-up took, and what it made of them, as one JSON object.
 */
import { createSystemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { askedFields } from "../../src/tweets/asked-fields.ts";
import { mapPost } from "../../src/tweets/map-post.ts";
import { isTweetVersion, latestTweetVersion, type TweetVersion } from "../../src/tweets/version.ts";
import { createPosts } from "./posts.ts";

export interface StreamFigures {
  /** After the warm-up, in which the engine compiles what a stream runs for days. */
  readonly posts: number;
  readonly seconds: number;
  /** Of processor time in this process, which other work on the machine disturbs less. */
  readonly cpuSeconds: number;
  /** Sum of the lengths of the texts: nobody left out the work. */
  readonly characters: number;
}

const [way = "", address = "", count = "0", warmUp = "0", wanted = String(latestTweetVersion)] =
  process.argv.slice(2);
const version = parseVersion(Number(wanted));
const posts = Number(count);
const warmUpPosts = Number(warmUp);

const ways: Readonly<Record<string, () => Promise<StreamFigures>>> = {
  birdwire: readWithBirdwire,
  library: readWithLibrary,
  parse: parseAlone,
};

/** Framed, parsed and mapped to Tweets, as `produce` does. */
async function readWithBirdwire(): Promise<StreamFigures> {
  const { openXStream } = await import("../../src/x/x-stream.ts");
  const stop = new AbortController();
  await using stream = await openXStream({
    url: address,
    token: "bench",
    fields: askedFields(version, { users: false }),
    clock: createSystemClock(),
    log: silentLog,
  });
  const watch = createWatch();
  let seen = 0;
  let characters = 0;
  for await (const batch of stream.read(stop.signal)) {
    if (seen >= warmUpPosts) watch.start(seen);
    for (const post of batch) {
      if (post.kind === "malformed") throw new Error(post.message);
      const ingestedAtMs = post.origin.kind === "x" ? post.origin.receivedAtMs : 0;
      const mapped = mapPost(post.payload, { version, ingestedAtMs });
      if (mapped.kind === "rejected") throw new Error(mapped.message);
      characters += mapped.tweet.text.length;
    }
    seen += batch.length;
    if (seen >= posts) break;
  }
  return { ...watch.read(seen), characters };
}

/** twitter-api-v2's stream as it comes: framed and parsed, and not mapped to anything. */
async function readWithLibrary(): Promise<StreamFigures> {
  const { ETwitterStreamEvent, TwitterApi } = await import("twitter-api-v2");
  const { Agent } = await import("node:http");
  const client = new TwitterApi("bench", { httpAgent: new Agent() as never }).v2;
  const stream = client.getStream(
    "tweets/search/stream",
    {},
    { prefix: `${address}/2/`, autoConnect: false },
  );
  const watch = createWatch();
  let seen = 0;
  let characters = 0;
  let lost = 0;
  return await new Promise((resolve, reject) => {
    stream.on(ETwitterStreamEvent.Data, (payload: unknown) => {
      if (seen >= warmUpPosts) watch.start(seen);
      const { data } = payload as { data: { text: string } };
      characters += data.text.length;
      seen++;
      if (seen + lost >= posts) done();
    });
    // Its framer loses two posts where a line's ending comes alone.
    stream.on(ETwitterStreamEvent.TweetParseError, () => {
      lost += 2;
      if (seen + lost >= posts) done();
    });
    const done = () => {
      resolve({ ...watch.read(seen), characters });
      stream.close();
    };
    stream.connect({ autoReconnect: false, keepAliveTimeout: "disable" }).catch(reject);
  });
}

/** `JSON.parse(buffer.toString())` of lines that are in memory already: no socket, no framing, no mapping. */
async function parseAlone(): Promise<StreamFigures> {
  const lines = createPosts(2000).map((line) => Buffer.from(line));
  let seen = 0;
  let characters = 0;
  const watch = createWatch();
  while (seen < posts) {
    for (const line of lines) {
      if (seen >= warmUpPosts) watch.start(seen);
      if (seen === posts) break;
      const { data } = JSON.parse(line.toString()) as { data: { text: string } };
      characters += data.text.length;
      seen++;
    }
  }
  return { ...watch.read(seen), characters };
}

function parseVersion(number: number): TweetVersion {
  if (!isTweetVersion(number)) throw new Error(`there is no version ${number} of Tweet`);
  return number;
}

function createWatch() {
  let begin: { readonly seen: number; readonly ms: number; readonly cpu: NodeJS.CpuUsage } | undefined;
  return {
    /** The first call counts, with the number of posts before it. */
    start(seen: number) {
      begin ??= { seen, ms: performance.now(), cpu: process.cpuUsage() };
    },
    read(seen: number) {
      if (begin === undefined) throw new Error("there were no posts after the warm-up");
      const { user, system } = process.cpuUsage(begin.cpu);
      return {
        posts: seen - begin.seen,
        seconds: (performance.now() - begin.ms) / 1000,
        cpuSeconds: (user + system) / 1e6,
      };
    },
  };
}

const read = ways[way];
if (read === undefined) throw new Error(`there is no way ${way}`);
process.stdout.write(`${JSON.stringify(await read())}\n`);
process.exit(0);
