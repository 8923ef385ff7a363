/**
 * What X found in a text. Spec: X API v2, entities of a post: a list is absent when it is empty, offsets count code
 * points, and all ends but those of annotations are exclusive. They are kept as they are.
 */
import type {
  AnnotationEntity,
  Entities,
  MentionEntity,
  TagEntity,
  UrlEntity,
  UrlImage,
} from "../generated/tweet.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { PartReader } from "./part-reader.ts";

/** null where X found nothing. */
export function mapEntities(data: JsonObject, reader: PartReader): Entities | null {
  const entities = reader.object(data, "entities", "/data");
  if (entities === null) return null;
  const at = "/data/entities";
  const tag = (item: JsonObject, place: string) => mapTag(item, place, reader);
  return {
    urls: reader.list(entities, "urls", at, (item, place) => mapUrl(item, place, reader)),
    hashtags: reader.list(entities, "hashtags", at, tag),
    cashtags: reader.list(entities, "cashtags", at, tag),
    mentions: reader.list(entities, "mentions", at, (item, place) => mapMention(item, place, reader)),
    annotations: reader.list(entities, "annotations", at, (item, place) =>
      mapAnnotation(item, place, reader),
    ),
  };
}

function mapUrl(item: JsonObject, at: string, reader: PartReader): UrlEntity | null {
  const span = mapSpan(item, at, reader);
  const url = reader.text(item, "url", at);
  if (span === null || url === null) return null;
  return {
    ...span,
    url,
    expanded_url: reader.text(item, "expanded_url", at),
    display_url: reader.text(item, "display_url", at),
    unwound_url: reader.text(item, "unwound_url", at),
    title: reader.text(item, "title", at),
    description: reader.text(item, "description", at),
    status: reader.int(item, "status", at),
    media_key: reader.text(item, "media_key", at),
    images: reader.list(item, "images", at, (image, place): UrlImage | null => {
      const address = reader.text(image, "url", place);
      if (address === null) return null;
      const width = reader.int(image, "width", place);
      return { url: address, width, height: reader.int(image, "height", place) };
    }),
  };
}

function mapTag(item: JsonObject, at: string, reader: PartReader): TagEntity | null {
  const span = mapSpan(item, at, reader);
  const tag = reader.text(item, "tag", at);
  return span === null || tag === null ? null : { ...span, tag };
}

function mapMention(item: JsonObject, at: string, reader: PartReader): MentionEntity | null {
  const span = mapSpan(item, at, reader);
  const username = reader.text(item, "username", at);
  return span === null || username === null ? null : { ...span, username, id: reader.text(item, "id", at) };
}

function mapAnnotation(item: JsonObject, at: string, reader: PartReader): AnnotationEntity | null {
  const span = mapSpan(item, at, reader);
  const probability = reader.double(item, "probability", at);
  const type = reader.text(item, "type", at);
  const text = reader.text(item, "normalized_text", at);
  if (span === null || probability === null || type === null || text === null) return null;
  return { ...span, probability, type, normalized_text: text };
}

function mapSpan(item: JsonObject, at: string, reader: PartReader) {
  const start = reader.int(item, "start", at);
  const end = reader.int(item, "end", at);
  return start === null || end === null ? null : { start, end };
}
