import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createMatcher } from "./matcher.ts";
import { parseRule } from "./parse-rule.ts";

function matches(rule: string, payload: unknown): boolean {
  const parsed = parseRule(rule);
  if (parsed.kind !== "rule") throw new Error(`${rule}: ${JSON.stringify(parsed.problems)}`);
  return createMatcher(parsed)(payload);
}

const post = (text: string, more: object = {}, includes: object = {}) => ({
  data: { id: "1700000000000000001", text, author_id: "11", ...more },
  includes: { users: [{ id: "11", name: "Ann", username: "Ann_Dev", verified: true }], ...includes },
});

describe("words", () => {
  test.each([
    ["love", "I LOVE it", true],
    ["love", "lovely gloves", false],
    ["coca", "I like coca-cola", true],
    ['"coca-cola"', "I like Coca Cola!", true],
    ["coca-cola", "cola coca", false],
    ["python", "#Python is fun", true],
    ["python", "python3", false],
    ["café", "Le CAFÉ", true],
    ["cafe", "le café", false],
    ["cafe", "le cafe\u0301", false],
    ["café", "le cafe\u0301", true],
    ["BTS", "今日もBTSが好き", true],
    ["好き", "今日もBTSが好きです", true],
    ["питон", "Питоны", false],
    ["питон", "люблю ПИТОН!", true],
    ["don't", "I don't know", true],
    ["don't", "don or t", false],
    ['"snow day"', "snow day!", true],
    ['"snow day"', "day snow", false],
    ['"snow day"', "snow holi day", false],
    ['"snow day"~1', "snow holi day", true],
    ['"snow day"~1', "day of snow", true],
    ['"snow day"~1', "snow a b day", false],
    ["👩‍💻", "work 👩‍💻 hard", true],
    ["👩", "work 👩‍💻 hard", false],
    ["❤️", "I ❤ it", true],
    ["🇯🇵", "🇯🇵🇰🇷", true],
    ['"!!!"', "what!!!", true],
  ])("%s on %j: %s", (rule, text, expected) => {
    expect(matches(rule, post(text))).toBe(expected);
  });
});

describe("boolean operators", () => {
  test.each([
    ["cat dog", "cat", false],
    ["cat dog", "dog cat", true],
    ["cat OR dog", "a dog", true],
    ["cat OR dog bird", "a dog", false],
    ["(cat OR dog) bird", "dog bird", true],
    ["cat -dog", "cat dog", false],
    ["cat -(dog bird)", "cat dog", true],
  ])("%s on %j: %s", (rule, text, expected) => {
    expect(matches(rule, post(text))).toBe(expected);
  });
});

describe("signs", () => {
  test.each([
    ["#meme", "a #Meme!", true],
    ["#meme", "#memes", false],
    ["#meme", "meme", false],
    ["#猫", "これは #猫 です", true],
    ["$TWTR", "buy $twtr now", true],
    ["@ann", "hi @Ann!", true],
    ["@ann", "mail me@ann.example", false],
  ])("%s on %j: %s", (rule, text, expected) => {
    expect(matches(rule, post(text))).toBe(expected);
  });

  test("entities count, and not the text, where a post has them", () => {
    const payload = post("#one", { entities: { hashtags: [{ start: 0, end: 4, tag: "Two" }] } });
    expect(matches("#two", payload)).toBe(true);
    expect(matches("#one", payload)).toBe(false);
  });
});

describe("operators", () => {
  const link = { url: "https://t.co/a", expanded_url: "https://example.com/snow-day?x=1", title: "A Page" };
  const rich = post(
    "look $A #b @bob https://t.co/a",
    {
      lang: "en",
      conversation_id: "77",
      in_reply_to_user_id: "12",
      source: "Web App",
      geo: { place_id: "p1", coordinates: { type: "Point", coordinates: [2.35, 48.86] } },
      attachments: { media_keys: ["3_1"] },
      entities: {
        hashtags: [{ tag: "b" }],
        cashtags: [{ tag: "A" }],
        mentions: [{ username: "bob" }],
        urls: [link],
        annotations: [{ normalized_text: "Paris" }],
      },
      context_annotations: [{ domain: { id: "10" }, entity: { id: "99", name: "Cats" } }],
      referenced_tweets: [{ type: "replied_to", id: "76" }],
    },
    {
      users: [
        {
          id: "11",
          name: "Ann Lee",
          username: "Ann_Dev",
          verified: true,
          description: "likes snow",
          location: "Oslo, Norway",
          public_metrics: { followers_count: 500, following_count: 5, tweet_count: 50, listed_count: 1 },
        },
        { id: "12", username: "bob" },
      ],
      media: [{ media_key: "3_1", type: "photo" }],
      places: [{ id: "p1", full_name: "Paris, France", country_code: "FR" }],
    },
  );
  test.each([
    "from:ann_dev",
    "from:11",
    "from:@Ann_Dev",
    "to:BOB",
    "to:12",
    "url:example.com",
    'url:"snow-day"',
    "url_title:page",
    "url_contains:snow-d",
    "conversation_id:77",
    "in_reply_to_tweet_id:76",
    "entity:paris",
    "entity:cats",
    "context:10.99",
    "context:*.99",
    "bio:snow",
    "bio_name:lee",
    "bio_location:norway",
    "place:paris",
    "place:p1",
    "place_country:fr",
    "point_radius:[2.355128 48.861118 16km]",
    "point_radius:[2.355128 48.861118 10mi]",
    "bounding_box:[2 48 3 49]",
    "look lang:EN",
    "look has:hashtags has:cashtags has:mentions has:links has:media has:images has:geo",
    "look is:reply is:verified -is:retweet -is:quote -is:nullcast -has:videos",
    "look followers_count:500 followers_count:400..600 min_followers:1 listed_count:1 tweets_count:50 following_count:1",
    'look source:"web app"',
    "look sample:100",
  ])("%s matches", (rule) => {
    expect(matches(rule, rich)).toBe(true);
  });

  test.each([
    "from:bob",
    "to:ann_dev",
    "url:example.org",
    "url_description:page",
    "conversation_id:78",
    "in_reply_to_tweet_id:77",
    "retweets_of:bob",
    "entity:london",
    "context:11.*",
    "bio:snowman",
    "place_country:de",
    "point_radius:[2.355128 48.861118 0.1km]",
    "bounding_box:[3 48 4 49]",
    "look lang:fr",
    "look has:videos",
    "look is:retweet",
    "look followers_count:501",
    "embedding:snow",
  ])("%s does not", (rule) => {
    expect(matches(rule, rich)).toBe(false);
  });

  test("a sample is the share it says, and a larger one holds every smaller one", () => {
    const ids = Array.from({ length: 4000 }, (_, i) =>
      String(1_700_000_000_000_000_000n + BigInt(i) * 4_194_304n),
    );
    const sampled = (percent: number) => {
      const parsed = parseRule(`cat sample:${percent}`);
      const matcher = parsed.kind === "rule" ? createMatcher(parsed) : () => false;
      return ids.filter((id) => matcher({ data: { id, text: "cat" } }));
    };
    const tenth = sampled(10);
    expect(tenth.length / ids.length).toBeGreaterThan(0.07);
    expect(tenth.length / ids.length).toBeLessThan(0.13);
    const half = new Set(sampled(50));
    expect(tenth.filter((id) => !half.has(id))).toEqual([]);
  });
});

describe("posts that hold others", () => {
  const other = { id: "5", text: "the original about snow #ice", author_id: "12" };
  const includes = { tweets: [other], users: [{ id: "12", username: "carol" }] };

  test("a quote matches on the quoted post's words and hashtags", () => {
    const quote = post("so true", { referenced_tweets: [{ type: "quoted", id: "5" }] }, includes);
    expect(matches("snow #ice so", quote)).toBe(true);
    expect(matches("true is:quote -is:retweet", quote)).toBe(true);
  });

  test("a repost matches on the full text, by whom it repeats", () => {
    const retweet = post(
      "RT @carol: the orig…",
      { referenced_tweets: [{ type: "retweeted", id: "5" }] },
      includes,
    );
    expect(matches("snow is:retweet retweets_of:carol retweets_of_tweet_id:5", retweet)).toBe(true);
    expect(matches("retweets_of:dave", retweet)).toBe(false);
  });

  test("a post replied to is not part of the reply", () => {
    const reply = post("no", { referenced_tweets: [{ type: "replied_to", id: "5" }] }, includes);
    expect(matches("snow", reply)).toBe(false);
    expect(matches("no is:reply", reply)).toBe(true);
  });

  test("a long post matches on its whole text", () => {
    expect(matches("tail", post("head …", { note_tweet: { text: "head and tail" } }))).toBe(true);
  });
});

test("whatever JSON there is, a matcher answers", () => {
  const parsed = parseRule('cat OR from:a url:b to:c place:d (has:media has:geo) OR #t OR "x y"~2 -is:reply');
  if (parsed.kind !== "rule") throw new Error("the rule is valid");
  const matcher = createMatcher(parsed);
  const member = fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()));
  const data = fc.record(
    {
      id: member,
      text: member,
      entities: member,
      attachments: member,
      geo: member,
      referenced_tweets: member,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ data, includes: member })), (payload) => {
      expect(typeof matcher(payload)).toBe("boolean");
    }),
  );
});
