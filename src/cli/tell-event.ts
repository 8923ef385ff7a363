/**
 * What was changed in a registry, in a line.
 */
import type { ApplyEvent } from "../changeset/apply.ts";

export function tellEvent(event: ApplyEvent): string {
  switch (event.kind) {
    case "level":
      return `${event.subject} has the level ${event.to} (before: ${event.from ?? "none of its own"})`;
    case "registered":
      return `${event.subject}: ${event.path} is version ${event.version ?? "?"} with id ${event.id}`;
    case "deleted":
      return `${event.subject} is deleted with its versions ${event.versions.join(", ")}`;
  }
}
