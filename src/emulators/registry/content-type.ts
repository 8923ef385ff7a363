/**
 * The registry's media types: which it takes and which it answers in ("Schema Registry API Reference", Content Types).
 */
import { refuse } from "./refusal.ts";

const offered = [
  "application/vnd.schemaregistry.v1+json",
  "application/vnd.schemaregistry+json",
  "application/json",
] as const;
const accepted: readonly string[] = [...offered, "application/octet-stream"];

/** The first type on offer that the client takes, or null when it takes none. */
export function chooseContentType(accept: string | undefined): string | null {
  if (accept === undefined || accept.trim() === "") return offered[0];
  const wanted = accept
    .split(",")
    .map((part) => part.split(";").map((piece) => piece.trim().toLowerCase()))
    .filter((pieces) => !pieces.includes("q=0"))
    .map((pieces) => pieces[0] ?? "");
  if (wanted.some((type) => type === "*/*" || type === "application/*")) return offered[0];
  return offered.find((type) => wanted.includes(type)) ?? null;
}

/** A body without a type is taken as JSON. Throws Refusal 415. */
export function requireContentType(contentType: string | undefined): void {
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  if (type !== undefined && type !== "" && !accepted.includes(type)) throw refuse.wrongMediaType();
}
