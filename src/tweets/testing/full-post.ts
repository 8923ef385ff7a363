/**
 * One payload with everything that Tweet has a place for, and what it is as version 3.
 */
import type { Tweet } from "../../generated/tweet.ts";

export const ingestedAtMs = Date.UTC(2026, 0, 31, 12, 0, 5);

export const fullPost = {
  data: {
    id: "2017571234567890123",
    text: "RT @ann: grüße 👩‍👩‍👧 #kafka $X https://t.co/a",
    created_at: "2026-01-31T12:00:00.000Z",
    author_id: "11",
    lang: "de",
    conversation_id: "2017571234567890000",
    in_reply_to_user_id: "22",
    possibly_sensitive: true,
    reply_settings: "everyone",
    public_metrics: {
      retweet_count: 1,
      reply_count: 2,
      like_count: 3,
      quote_count: 4,
      bookmark_count: 5,
      impression_count: 3_000_000_000,
    },
    edit_history_tweet_ids: ["2017571234567890122", "2017571234567890123"],
    entities: {
      urls: [
        {
          start: 30,
          end: 44,
          url: "https://t.co/a",
          expanded_url: "https://example.com/a",
          display_url: "example.com/a",
          unwound_url: "https://example.com/a?x=1",
          title: "A",
          description: "About A",
          status: 200,
          media_key: "3_1",
          images: [{ url: "https://pbs.example/1", width: 600, height: 300 }],
        },
      ],
      hashtags: [{ start: 20, end: 26, tag: "kafka" }],
      cashtags: [{ start: 27, end: 29, tag: "X" }],
      mentions: [{ start: 3, end: 7, username: "ann", id: "22" }],
      annotations: [{ start: 9, end: 13, probability: 0.75, type: "Other", normalized_text: "grüße" }],
    },
    referenced_tweets: [
      { type: "retweeted", id: "2017571234567890000" },
      { type: "quoted", id: "404" },
    ],
    attachments: { media_keys: ["7_1", "3_404"] },
    geo: { place_id: "01a9a39529b27f36" },
    note_tweet: { text: "the whole of it", entities: {} },
    edit_controls: {
      is_edit_eligible: true,
      editable_until: "2026-01-31T12:30:00.000Z",
      edits_remaining: 5,
    },
    withheld: { copyright: false, country_codes: ["DE", "FR"], scope: "tweet" },
  },
  includes: {
    users: [
      { id: "22", name: "Ann", username: "ann" },
      {
        id: "11",
        name: "Bo",
        username: "bo",
        created_at: "2015-03-01T12:00:00.000Z",
        description: "birds",
        location: "Köln",
        protected: false,
        verified: true,
        verified_type: "blue",
        public_metrics: {
          followers_count: 6,
          following_count: 7,
          tweet_count: 8,
          listed_count: 9,
          like_count: 10,
          media_count: 11,
        },
      },
    ],
    tweets: [
      {
        id: "2017571234567890000",
        text: "grüße 👩‍👩‍👧 …",
        created_at: "2026-01-31T11:00:00.000Z",
        author_id: "22",
        lang: "de",
        note_tweet: { text: "grüße 👩‍👩‍👧 and all the rest" },
      },
    ],
    media: [
      {
        media_key: "7_1",
        type: "video",
        url: "https://pbs.example/v",
        preview_image_url: "https://pbs.example/p",
        alt_text: "a bird",
        width: 1280,
        height: 720,
        duration_ms: 15_000,
        public_metrics: { view_count: 12 },
        variants: [
          { bit_rate: 832_000, content_type: "video/mp4", url: "https://video.example/1.mp4" },
          { content_type: "application/x-mpegURL", url: "https://video.example/1.m3u8" },
        ],
      },
    ],
    places: [
      {
        id: "01a9a39529b27f36",
        full_name: "Manhattan, NY",
        name: "Manhattan",
        place_type: "city",
        country: "United States",
        country_code: "US",
        geo: { type: "Feature", bbox: [-74.026675, 40.683935, -73.910408, 40.877483], properties: {} },
      },
    ],
  },
  matching_rules: [
    { id: "7", tag: "birdwire:birds" },
    { id: "8", tag: "" },
    { id: "9", tag: "theirs" },
  ],
} as const;

const { data } = fullPost;

export const tweetV1 = { created_at: data.created_at, id: data.id, text: data.text };

export const tweetV2 = {
  ...tweetV1,
  author_id: data.author_id,
  lang: data.lang,
  conversation_id: data.conversation_id,
  in_reply_to_user_id: data.in_reply_to_user_id,
  possibly_sensitive: true,
  public_metrics: data.public_metrics,
  edit_history_tweet_ids: data.edit_history_tweet_ids,
  matching_rules: [
    { id: "7", tag: "birds" },
    { id: "8", tag: "" },
    { id: "9", tag: "theirs" },
  ],
  ingested_at: ingestedAtMs,
};

export const tweetV3: Tweet = {
  ...tweetV2,
  entities: data.entities,
  referenced_tweets: [
    {
      type: "retweeted",
      id: "2017571234567890000",
      author_id: "22",
      created_at: Date.UTC(2026, 0, 31, 11),
      lang: "de",
      text: "grüße 👩‍👩‍👧 …",
      note_text: "grüße 👩‍👩‍👧 and all the rest",
    },
    {
      type: "quoted",
      id: "404",
      author_id: null,
      created_at: null,
      lang: null,
      text: null,
      note_text: null,
    },
  ],
  author: { ...fullPost.includes.users[1], created_at: Date.UTC(2015, 2, 1, 12) },
  media: [
    {
      media_key: "7_1",
      type: "video",
      url: "https://pbs.example/v",
      preview_image_url: "https://pbs.example/p",
      alt_text: "a bird",
      width: 1280,
      height: 720,
      duration_ms: 15_000,
      view_count: 12,
      variants: [
        { bit_rate: 832_000, content_type: "video/mp4", url: "https://video.example/1.mp4" },
        { bit_rate: null, content_type: "application/x-mpegURL", url: "https://video.example/1.m3u8" },
      ],
    },
    {
      media_key: "3_404",
      type: null,
      url: null,
      preview_image_url: null,
      alt_text: null,
      width: null,
      height: null,
      duration_ms: null,
      view_count: null,
      variants: [],
    },
  ],
  place: {
    id: "01a9a39529b27f36",
    full_name: "Manhattan, NY",
    name: "Manhattan",
    place_type: "city",
    country: "United States",
    country_code: "US",
    bbox: [-74.026675, 40.683935, -73.910408, 40.877483],
  },
  note_text: "the whole of it",
  edit_controls: {
    is_edit_eligible: true,
    editable_until: Date.UTC(2026, 0, 31, 12, 30),
    edits_remaining: 5,
  },
  withheld: data.withheld,
};
