// Each version of Tweet from the post to the bytes and back: every field X is asked for is one it knows, they suffice,
// every reader reads every writer, and nothing that X can send is refused by the codec.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createCodec, createResolver } from "../../src/avro/codec.ts";
import { parseSchemaText } from "../../src/avro/parse-schema.ts";
import { type FieldParameter, fieldValues } from "../../src/emulators/x/fields.ts";
import { createGeneratedFeed } from "../../src/emulators/x/generator/generated-feed.ts";
import type { PlayedPost } from "../../src/emulators/x/played-post.ts";
import { createProjection, type FieldQuery } from "../../src/emulators/x/projection.ts";
import { checkLevel } from "../../src/evolution/levels.ts";
import { type TweetInput, TweetSchema, TweetVersions } from "../../src/generated/tweet.ts";
import { isJsonObject } from "../../src/kernel/json.ts";
import { askedFields } from "../../src/tweets/asked-fields.ts";
import { mapPost } from "../../src/tweets/map-post.ts";
import { fullPost, ingestedAtMs, tweetV3 } from "../../src/tweets/testing/full-post.ts";
import { latestTweetVersion, type TweetVersion, tweetVersions } from "../../src/tweets/version.ts";
import { toStreamQuery } from "../../src/x/stream-query.ts";
import { repositoryRoot } from "../support/birdwire.ts";
import { describeWith } from "../support/requirements.ts";
import { readJsonLines } from "../support/screen.ts";

const codecs = TweetVersions.map(({ json }) => createCodec(json));
const readers = TweetVersions.map(({ json }) => createResolver(json, TweetSchema.json));
const encode = (tweet: TweetInput, version: TweetVersion): Buffer => {
  const codec = codecs[version - 1];
  if (codec === undefined) throw new Error(`no version ${version}`);
  return codec.encode(tweet);
};
const readAsLatest = (bytes: Buffer, version: TweetVersion) => readers[version - 1]?.decode(bytes);

const map = (payload: unknown, version: TweetVersion) => mapPost(payload, { version, ingestedAtMs });
function mapped(payload: unknown, version: TweetVersion): TweetInput {
  const result = map(payload, version);
  if (result.kind !== "tweet") throw new Error(`${result.path}: ${result.message}`);
  return result.tweet;
}

function query(version: TweetVersion): FieldQuery {
  return Object.fromEntries(
    Object.entries(toStreamQuery(askedFields(version, { users: true }))).map(([name, values]) => [
      name,
      String(values).split(","),
    ]),
  );
}

describe("the schemas of Tweet", () => {
  test.each(["FULL_TRANSITIVE", "BACKWARD_TRANSITIVE", "FORWARD_TRANSITIVE"] as const)(
    "hold %s over all versions, whichever is the newest",
    async (level) => {
      const schemas = await Promise.all(
        tweetVersions.map(async (version) => {
          const path = join(
            fileURLToPath(new URL("../../schemas", import.meta.url)),
            `tweet/v${version}.avsc`,
          );
          return { version, schema: parseSchemaText(await readFile(path, "utf8")) };
        }),
      );
      for (const newest of schemas) {
        const others = schemas.filter((schema) => schema !== newest);
        expect(checkLevel(level, newest.schema, others)).toEqual({ kind: "compatible" });
      }
    },
  );

  test("read each other's records: the writer's fields are kept, the others have their defaults", () => {
    for (const writer of tweetVersions) {
      const bytes = encode(mapped(fullPost, writer), writer);
      for (const reader of tweetVersions) {
        const [from, to] = [TweetVersions[writer - 1], TweetVersions[reader - 1]];
        const value = createResolver(from?.json ?? "", to?.json ?? "").decode(bytes) as Record<
          string,
          unknown
        >;
        const shared = mapped(fullPost, Math.min(writer, reader) as TweetVersion);
        expect(value).toMatchObject({ ...shared });
        const others = Object.entries(value).filter(([name]) => !(name in shared));
        expect(
          others.every(([, field]) => field === null || (Array.isArray(field) && field.length === 0)),
        ).toBe(true);
      }
    }
  });
});

describe("what X is asked for", () => {
  test.each(tweetVersions)("for version %d is known to X", (version) => {
    for (const [name, values] of Object.entries(query(version))) {
      expect(fieldValues[name as FieldParameter]).toEqual(expect.arrayContaining([...(values ?? [])]));
    }
  });

  test.each(tweetVersions)("fills version %d as well as all that X has", async (version) => {
    const project = createProjection(query(version));
    const check = (post: PlayedPost) => {
      const payload = JSON.parse(`{${project(post)}}`) as object;
      const { matching_rules: rules } = post.payload;
      expect(mapped({ ...payload, matching_rules: rules }, version)).toEqual(mapped(post.payload, version));
    };
    check({ id: fullPost.data.id, payload: fullPost, recorded: null });
    await using feed = createGeneratedFeed({ seed: 5, count: 400 });
    for await (const batch of feed.batches()) for (const post of batch) check(post);
  });

  test("for version 2 brings no user along, and for version 3 the author alone", () => {
    const users = (version: TweetVersion) => {
      const post = { id: fullPost.data.id, payload: fullPost, recorded: null };
      const { includes } = JSON.parse(`{${createProjection(query(version))(post)}}`) as {
        includes?: unknown;
      };
      return isJsonObject(includes) ? includes.users : undefined;
    };
    expect(users(2)).toBeUndefined();
    expect(users(3)).toMatchObject([{ id: "11" }]);
  });
});

const sample = `${repositoryRoot}docs/samples/posts.ndjson`;

async function expectAllMapped(file: string): Promise<void> {
  const posts = readJsonLines(await readFile(file, "utf8"));
  for (const version of tweetVersions) {
    for (const post of posts) {
      const result = map(post, version);
      if (result.kind !== "tweet") throw new Error(`${result.path}: ${result.message}`);
      expect(result.leftOut).toEqual([]);
      expect(readAsLatest(encode(result.tweet, version), version)).toMatchObject({ ...result.tweet });
    }
  }
}

describeWith("tweets", "recorded posts as records", (file) => {
  test("all are, in every version, and nothing is left out", () => expectAllMapped(file));
});

describe("posts as records", () => {
  test("of the sample all are, and nothing is left out", () => expectAllMapped(sample));

  test("with everything in them come back as they were", () => {
    const bytes = encode(mapped(fullPost, latestTweetVersion), latestTweetVersion);
    expect(readAsLatest(bytes, latestTweetVersion)).toEqual(tweetV3);
  });

  test("are never refused by the codec, whatever stands in one of their optional parts", () => {
    const places: string[] = [];
    const collect = (value: unknown, place: string) => {
      if (place !== "") places.push(place);
      if (typeof value !== "object" || value === null) return;
      for (const [name, member] of Object.entries(value)) collect(member, `${place}/${name}`);
    };
    collect(fullPost, "");
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(
        "half \ud83d",
        2 ** 31,
        2 ** 53,
        -0.5,
        1e300,
        "2026-01-31T12:00:00Z",
        [[]],
        [{}],
        [null],
      ),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        value,
        fc.constantFrom(...tweetVersions),
        (place, part, version) => {
          const copy = structuredClone(fullPost) as unknown as Record<string, unknown>;
          const names = place.split("/").slice(1);
          const last = names.pop() ?? "";
          let at = copy;
          for (const name of names) at = at[name] as Record<string, unknown>;
          at[last] = part;
          const result = map(copy, version);
          if (result.kind === "tweet") encode(result.tweet, version);
          else expect(place).toMatch(/^\/data(\/(id|text|created_at|note_tweet(\/text)?))?$/);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
