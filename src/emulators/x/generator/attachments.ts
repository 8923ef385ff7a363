/**
 * What a generated post may carry besides its text: photos, a video, an animated GIF, or a poll.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { createdAtOf } from "../snowflake.ts";
import type { Random } from "./random.ts";
import { emoji, type Language, type Topic } from "./texts.ts";

export interface Attached {
  readonly attachments: JsonObject;
  /** The pools of `includes` that hold it. */
  readonly includes: JsonObject;
}

/** One to four photos, or one video or GIF. */
export function createMedia(random: Random, postId: string): Attached {
  const kind = random.next();
  const media =
    kind < 0.25
      ? [createVideo(random, postId)]
      : kind < 0.35
        ? [createGif(postId)]
        : Array.from({ length: random.chance(0.7) ? 1 : 2 + random.below(3) }, (_, number) =>
            createPhoto(random, postId, number),
          );
  return { attachments: { media_keys: media.map((item) => item.media_key) }, includes: { media } };
}

function createPhoto(random: Random, postId: string, number: number): JsonObject {
  const key = `3_${laterId(postId, number)}`;
  const url = `https://pbs.example/media/${key}.jpg`;
  return { media_key: key, type: "photo", url, alt_text: random.pick(emoji), width: 1200, height: 675 };
}

function createVideo(random: Random, postId: string): JsonObject {
  const key = `7_${postId}`;
  const variant = (bitRate: number) => ({
    bit_rate: bitRate,
    content_type: "video/mp4",
    url: `https://video.example/${key}/${bitRate}.mp4`,
  });
  return {
    media_key: key,
    type: "video",
    duration_ms: 5_000 + random.below(55_000),
    preview_image_url: `https://pbs.example/media/${key}.jpg`,
    variants: [
      variant(632_000),
      variant(2_176_000),
      { content_type: "application/x-mpegURL", url: `https://video.example/${key}.m3u8` },
    ],
    public_metrics: { view_count: random.below(100_000) },
    width: 1280,
    height: 720,
  };
}

function createGif(postId: string): JsonObject {
  const key = `16_${postId}`;
  return {
    media_key: key,
    type: "animated_gif",
    preview_image_url: `https://pbs.example/media/${key}.jpg`,
    variants: [{ bit_rate: 0, content_type: "video/mp4", url: `https://video.example/${key}.mp4` }],
    width: 498,
    height: 280,
  };
}

/** Two to four choices, open for a day. */
export function createPoll(
  random: Random,
  at: { readonly id: string; readonly timeMs: number },
  language: Language,
  topic: Topic,
): Attached {
  const id = laterId(at.id, 1);
  const labels = [topic, random.pick(language.asides), random.pick(emoji), "…"];
  const options = labels
    .slice(0, 2 + random.below(3))
    .map((label, n) => ({ position: n + 1, label: Array.from(label).slice(0, 25).join(""), votes: 0 }));
  const poll = {
    id,
    options,
    duration_minutes: 1440,
    end_datetime: createdAtOf(at.timeMs + 1440 * 60_000),
    voting_status: "open",
  };
  return { attachments: { poll_ids: [id] }, includes: { polls: [poll] } };
}

function laterId(id: string, by: number): string {
  return (BigInt(id) + BigInt(by)).toString();
}
