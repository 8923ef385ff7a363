/**
 * Posts for the benches as X sends them, each about 740 bytes, two thirds of them not all ASCII.
 */
const texts = [
  "Spent the evening with python and a cup of tea, and regret nothing but the second cup of it, which was cold",
  "朝から python のことばかり考えている、とても楽しい一日だった",
  "Three things I learned about python today: generators, patience, and where the commas go 🐍",
];
const firstId = 1_536_770_448_950_245_102n;

/** Lines without their endings, with ids a second apart; the first is number `from`. */
export function createPosts(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, place) => {
    const index = from + place;
    const id = String(firstId + BigInt(index) * 4_194_304_000n);
    const author = String(1_200_000_000 + index);
    const data = {
      id,
      text: `${texts[index % texts.length]} ${index}`,
      edit_history_tweet_ids: [id],
      created_at: "2022-06-14T18:00:01.000Z",
      author_id: author,
      conversation_id: id,
      lang: index % texts.length === 1 ? "ja" : "en",
      possibly_sensitive: false,
      reply_settings: "everyone",
      public_metrics: {
        retweet_count: index % 7,
        reply_count: 1,
        like_count: index % 90,
        quote_count: 0,
        bookmark_count: 0,
        impression_count: 1200 + index,
      },
      entities: { hashtags: [{ start: 23, end: 30, tag: "python" }] },
      edit_controls: {
        edits_remaining: 5,
        is_edit_eligible: true,
        editable_until: "2022-06-14T19:00:01.000Z",
      },
    };
    return JSON.stringify({ data, matching_rules: [{ id: "1536770448950245000", tag: "birdwire:python" }] });
  });
}
