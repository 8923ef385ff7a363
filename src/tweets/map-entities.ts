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
  const entities = reader.object(data.entities, "/data", "entities");
  if (entities === null) return null;
  return {
    urls: reader.list(entities.urls, "/data/entities/urls/*", mapUrl),
    hashtags: reader.list(entities.hashtags, "/data/entities/hashtags/*", mapTag),
    cashtags: reader.list(entities.cashtags, "/data/entities/cashtags/*", mapTag),
    mentions: reader.list(entities.mentions, "/data/entities/mentions/*", mapMention),
    annotations: reader.list(entities.annotations, "/data/entities/annotations/*", mapAnnotation),
  };
}

function mapUrl(item: JsonObject, reader: PartReader, at: string): UrlEntity | null {
  const span = mapSpan(item, reader, at);
  const url = reader.text(item.url, at, "url");
  if (span === null || url === null) return null;
  return {
    ...span,
    url,
    expanded_url: reader.text(item.expanded_url, at, "expanded_url"),
    display_url: reader.text(item.display_url, at, "display_url"),
    unwound_url: reader.text(item.unwound_url, at, "unwound_url"),
    title: reader.text(item.title, at, "title"),
    description: reader.text(item.description, at, "description"),
    status: reader.int(item.status, at, "status"),
    media_key: reader.text(item.media_key, at, "media_key"),
    images: reader.list(item.images, "/data/entities/urls/*/images/*", mapImage),
  };
}

function mapImage(image: JsonObject, reader: PartReader, at: string): UrlImage | null {
  const url = reader.text(image.url, at, "url");
  if (url === null) return null;
  const width = reader.int(image.width, at, "width");
  return { url, width, height: reader.int(image.height, at, "height") };
}

function mapTag(item: JsonObject, reader: PartReader, at: string): TagEntity | null {
  const span = mapSpan(item, reader, at);
  const tag = reader.text(item.tag, at, "tag");
  return span === null || tag === null ? null : { start: span.start, end: span.end, tag };
}

function mapMention(item: JsonObject, reader: PartReader, at: string): MentionEntity | null {
  const span = mapSpan(item, reader, at);
  const username = reader.text(item.username, at, "username");
  return span === null || username === null
    ? null
    : { ...span, username, id: reader.text(item.id, at, "id") };
}

function mapAnnotation(item: JsonObject, reader: PartReader, at: string): AnnotationEntity | null {
  const span = mapSpan(item, reader, at);
  const probability = reader.double(item.probability, at, "probability");
  const type = reader.text(item.type, at, "type");
  const text = reader.text(item.normalized_text, at, "normalized_text");
  if (span === null || probability === null || type === null || text === null) return null;
  return { ...span, probability, type, normalized_text: text };
}

function mapSpan(item: JsonObject, reader: PartReader, at: string) {
  const start = reader.int(item.start, at, "start");
  const end = reader.int(item.end, at, "end");
  return start === null || end === null ? null : { start, end };
}
