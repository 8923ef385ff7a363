/**
 * What version 3 of Tweet adds. Spec: X API v2; `includes` holds pools of users, posts, media and places that the post
 * refers to by id; a pool, or any of its elements, may be missing (deleted, protected, not asked for).
 */
import type {
  EditControls,
  Media,
  MediaVariant,
  Place,
  ReferencedTweet,
  Tweet,
  Withheld,
} from "../generated/tweet.ts";
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
const none: readonly never[] = Object.freeze([]);

export function mapContext(payload: JsonObject, data: JsonObject, reader: PartReader): TweetContext {
  const includes = reader.object(payload.includes, "", "includes") ?? noIncludes;
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
  if (data.referenced_tweets === undefined && data.referenced_posts === undefined) return none;
  const name = eitherName(data, "referenced_tweets", "referenced_posts");
  const pool = eitherName(includes, "tweets", "posts");
  return reader.list(data[name], `/data/${name}/*`, (reference, _, at): ReferencedTweet | null => {
    const type = reader.text(reference.type, at, "type");
    const id = reader.text(reference.id, at, "id");
    if (type === null || id === null) return null;
    const post = findIncluded(includes, pool, "id", id, reader) ?? noIncludes;
    const place = `/includes/${pool}/*`;
    return {
      type,
      id,
      author_id: reader.text(post.author_id, place, "author_id"),
      created_at: reader.time(post.created_at, place, "created_at"),
      lang: reader.text(post.lang, place, "lang"),
      text: reader.text(post.text, place, "text"),
      note_text: noteText(post, place, reader),
    };
  });
}

function mapMedia(data: JsonObject, includes: JsonObject, reader: PartReader): readonly Media[] {
  const attachments = reader.object(data.attachments, "/data", "attachments");
  if (attachments === null) return none;
  const at = "/includes/media/*";
  return reader.texts(attachments.media_keys, "/data/attachments/media_keys/*").map((key): Media => {
    const medium = findIncluded(includes, "media", "media_key", key, reader) ?? noIncludes;
    const metrics = reader.object(medium.public_metrics, at, "public_metrics");
    return {
      media_key: key,
      type: reader.text(medium.type, at, "type"),
      url: reader.text(medium.url, at, "url"),
      preview_image_url: reader.text(medium.preview_image_url, at, "preview_image_url"),
      alt_text: reader.text(medium.alt_text, at, "alt_text"),
      width: reader.int(medium.width, at, "width"),
      height: reader.int(medium.height, at, "height"),
      duration_ms: reader.long(medium.duration_ms, at, "duration_ms"),
      view_count:
        metrics === null ? null : reader.long(metrics.view_count, `${at}/public_metrics`, "view_count"),
      variants: reader.list(medium.variants, `${at}/variants/*`, mapVariant),
    };
  });
}

function mapVariant(variant: JsonObject, reader: PartReader, at: string): MediaVariant | null {
  const url = reader.text(variant.url, at, "url");
  const type = reader.text(variant.content_type, at, "content_type");
  if (url === null || type === null) return null;
  return { url, content_type: type, bit_rate: reader.long(variant.bit_rate, at, "bit_rate") };
}

function mapPlace(data: JsonObject, includes: JsonObject, reader: PartReader): Place | null {
  const geo = reader.object(data.geo, "/data", "geo");
  const id = geo === null ? null : reader.text(geo.place_id, "/data/geo", "place_id");
  if (id === null) return null;
  const place = findIncluded(includes, "places", "id", id, reader) ?? noIncludes;
  const at = "/includes/places/*";
  return {
    id,
    full_name: reader.text(place.full_name, at, "full_name"),
    name: reader.text(place.name, at, "name"),
    place_type: reader.text(place.place_type, at, "place_type"),
    country: reader.text(place.country, at, "country"),
    country_code: reader.text(place.country_code, at, "country_code"),
    bbox: mapBounds(place, at, reader),
  };
}

/** Four numbers or none: three bounds are no place. */
function mapBounds(place: JsonObject, at: string, reader: PartReader): readonly number[] {
  const bounds = reader.object(place.geo, at, "geo")?.bbox;
  if (bounds === undefined || bounds === null) return [];
  const numbers: unknown[] = Array.isArray(bounds) ? bounds : [];
  if (numbers.length === 4 && numbers.every((bound) => typeof bound === "number")) return numbers;
  return reader.leaveOut(`${at}/geo/bbox`) ?? [];
}

function noteText(post: JsonObject, at: string, reader: PartReader): string | null {
  // Most posts have none, and a property is read quickest by its name.
  if (post.note_tweet === undefined && post.note_post === undefined) return null;
  const name = eitherName(post, "note_tweet", "note_post");
  const note = reader.object(post[name], at, name);
  return note === null ? null : reader.text(note.text, `${at}/${name}`, "text");
}

function mapEditControls(data: JsonObject, reader: PartReader): EditControls | null {
  const controls = reader.object(data.edit_controls, "/data", "edit_controls");
  if (controls === null) return null;
  const at = "/data/edit_controls";
  return {
    is_edit_eligible: reader.flag(controls.is_edit_eligible, at, "is_edit_eligible"),
    editable_until: reader.time(controls.editable_until, at, "editable_until"),
    edits_remaining: reader.int(controls.edits_remaining, at, "edits_remaining"),
  };
}

function mapWithheld(data: JsonObject, reader: PartReader): Withheld | null {
  const withheld = reader.object(data.withheld, "/data", "withheld");
  if (withheld === null) return null;
  const at = "/data/withheld";
  return {
    copyright: reader.flag(withheld.copyright, at, "copyright"),
    country_codes: reader.texts(withheld.country_codes, "/data/withheld/country_codes/*"),
    scope: reader.text(withheld.scope, at, "scope"),
  };
}
