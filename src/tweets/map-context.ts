/**
 * What version 3 of Tweet adds. Spec: X API v2; `includes` holds pools of users, posts, media and places that the post
 * refers to by id; a pool, or any of its elements, may be missing (deleted, protected, not asked for).
 */
import type { EditControls, Media, Place, ReferencedTweet, Tweet, Withheld } from "../generated/tweet.ts";
import type { JsonObject } from "../kernel/json.ts";
import { findIncluded } from "./find-included.ts";
import { mapEntities } from "./map-entities.ts";
import { mapAuthor } from "./map-user.ts";
import { eitherName, type PartReader } from "./part-reader.ts";

export type TweetContext = Pick<
  Tweet,
  "entities" | "referenced_tweets" | "author" | "media" | "place" | "note_text" | "edit_controls" | "withheld"
>;

const noIncludes: JsonObject = Object.freeze({});

export function mapContext(payload: JsonObject, data: JsonObject, reader: PartReader): TweetContext {
  const includes = reader.object(payload, "includes", "") ?? noIncludes;
  return {
    entities: mapEntities(data, reader),
    referenced_tweets: mapReferenced(data, includes, reader),
    author: mapAuthor(data, includes, reader),
    media: mapMedia(data, includes, reader),
    place: mapPlace(data, includes, reader),
    note_text: noteText(data, "/data", reader),
    edit_controls: mapEditControls(data, reader),
    withheld: mapWithheld(data, reader),
  };
}

function mapReferenced(
  data: JsonObject,
  includes: JsonObject,
  reader: PartReader,
): readonly ReferencedTweet[] {
  const name = eitherName(data, "referenced_tweets", "referenced_posts");
  const pool = eitherName(includes, "tweets", "posts");
  return reader.list(data, name, "/data", (reference, at): ReferencedTweet | null => {
    const type = reader.text(reference, "type", at);
    const id = reader.text(reference, "id", at);
    if (type === null || id === null) return null;
    const post = findIncluded(includes, pool, "id", id, reader) ?? noIncludes;
    const place = `/includes/${pool}/*`;
    return {
      type,
      id,
      author_id: reader.text(post, "author_id", place),
      created_at: reader.time(post, "created_at", place),
      lang: reader.text(post, "lang", place),
      text: reader.text(post, "text", place),
      note_text: noteText(post, place, reader),
    };
  });
}

function mapMedia(data: JsonObject, includes: JsonObject, reader: PartReader): readonly Media[] {
  const attachments = reader.object(data, "attachments", "/data");
  if (attachments === null) return [];
  const at = "/includes/media/*";
  return reader.texts(attachments, "media_keys", "/data/attachments").map((key): Media => {
    const medium = findIncluded(includes, "media", "media_key", key, reader) ?? noIncludes;
    const metrics = reader.object(medium, "public_metrics", at);
    return {
      media_key: key,
      type: reader.text(medium, "type", at),
      url: reader.text(medium, "url", at),
      preview_image_url: reader.text(medium, "preview_image_url", at),
      alt_text: reader.text(medium, "alt_text", at),
      width: reader.int(medium, "width", at),
      height: reader.int(medium, "height", at),
      duration_ms: reader.long(medium, "duration_ms", at),
      view_count: metrics === null ? null : reader.long(metrics, "view_count", `${at}/public_metrics`),
      variants: reader.list(medium, "variants", at, (variant, place) => {
        const url = reader.text(variant, "url", place);
        const type = reader.text(variant, "content_type", place);
        if (url === null || type === null) return null;
        return { url, content_type: type, bit_rate: reader.long(variant, "bit_rate", place) };
      }),
    };
  });
}

function mapPlace(data: JsonObject, includes: JsonObject, reader: PartReader): Place | null {
  const geo = reader.object(data, "geo", "/data");
  const id = geo === null ? null : reader.text(geo, "place_id", "/data/geo");
  if (id === null) return null;
  const place = findIncluded(includes, "places", "id", id, reader) ?? noIncludes;
  const at = "/includes/places/*";
  return {
    id,
    full_name: reader.text(place, "full_name", at),
    name: reader.text(place, "name", at),
    place_type: reader.text(place, "place_type", at),
    country: reader.text(place, "country", at),
    country_code: reader.text(place, "country_code", at),
    bbox: mapBounds(place, at, reader),
  };
}

/** Four numbers or none: three bounds are no place. */
function mapBounds(place: JsonObject, at: string, reader: PartReader): readonly number[] {
  const bounds = reader.object(place, "geo", at)?.bbox;
  if (bounds === undefined || bounds === null) return [];
  const numbers: unknown[] = Array.isArray(bounds) ? bounds : [];
  if (numbers.length === 4 && numbers.every((bound) => typeof bound === "number")) return numbers;
  return reader.leaveOut(`${at}/geo/bbox`) ?? [];
}

function noteText(post: JsonObject, at: string, reader: PartReader): string | null {
  const name = eitherName(post, "note_tweet", "note_post");
  const note = reader.object(post, name, at);
  return note === null ? null : reader.text(note, "text", `${at}/${name}`);
}

function mapEditControls(data: JsonObject, reader: PartReader): EditControls | null {
  const controls = reader.object(data, "edit_controls", "/data");
  if (controls === null) return null;
  const at = "/data/edit_controls";
  return {
    is_edit_eligible: reader.flag(controls, "is_edit_eligible", at),
    editable_until: reader.time(controls, "editable_until", at),
    edits_remaining: reader.int(controls, "edits_remaining", at),
  };
}

function mapWithheld(data: JsonObject, reader: PartReader): Withheld | null {
  const withheld = reader.object(data, "withheld", "/data");
  if (withheld === null) return null;
  const at = "/data/withheld";
  return {
    copyright: reader.flag(withheld, "copyright", at),
    country_codes: reader.texts(withheld, "country_codes", at),
    scope: reader.text(withheld, "scope", at),
  };
}
