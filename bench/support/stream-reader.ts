/**
 * One way to read a stream, as a program: `stream-reader.ts WAY ADDRESS POSTS [VERSION]` writes the seconds from the first post
 * to the last, and what it made of them, as one JSON object.
 */
import { createSystemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { askedFields } from "../../src/tweets/asked-fields.ts";
import { mapPost } from "../../src/tweets/map-post.ts";
import { isTweetVersion, latestTweetVersion, type TweetVersion } from "../../src/tweets/version.ts";
import { createPosts } from "./posts.ts";

export interface StreamFigures {
  readonly posts: number;
  readonly seconds: number;
  /** Of processor time in this process, which other work on the machine disturbs less. */
  readonly cpuSeconds: number;
  /** Sum of the lengths of the texts: nobody left out the work. */
  readonly characters: number;
}

const [way = "", address = "", count = "0", wanted = String(latestTweetVersion)] = process.argv.slice(2);
const version = parseVersion(Number(wanted));
const posts = Number(count);

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
    if (seen === 0) watch.start();
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
  return { posts: seen, ...watch.read(), characters };
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
      if (seen === 0) watch.start();
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
      resolve({ posts: seen, ...watch.read(), characters });
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
  watch.start();
  while (seen < posts) {
    for (const line of lines) {
      if (seen === posts) break;
      const { data } = JSON.parse(line.toString()) as { data: { text: string } };
      characters += data.text.length;
      seen++;
    }
  }
  return { posts: seen, ...watch.read(), characters };
}

function parseVersion(number: number): TweetVersion {
  if (!isTweetVersion(number)) throw new Error(`there is no version ${number} of Tweet`);
  return number;
}

function createWatch() {
  let startMs = 0;
  let startCpu = process.cpuUsage();
  return {
    start() {
      startMs = performance.now();
      startCpu = process.cpuUsage();
    },
    read() {
      const { user, system } = process.cpuUsage(startCpu);
      return { seconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6 };
    },
  };
}

const read = ways[way];
if (read === undefined) throw new Error(`there is no way ${way}`);
process.stdout.write(`${JSON.stringify(await read())}\n`);
process.exit(0);
