/**
 * A rule's tree as text in one canonical form: parsing the text gives the same tree again, positions aside.
 */
import type { RuleNode } from "./ast.ts";

export function printRule(root: RuleNode): string {
  switch (root.kind) {
    case "or":
      return root.children.map(printRule).join(" OR ");
    case "and":
      return root.children
        .map((child) => (child.kind === "or" ? `(${printRule(child)})` : printRule(child)))
        .join(" ");
    case "not": {
      const { child } = root;
      const grouped = child.kind === "and" || child.kind === "or" || child.kind === "not";
      return grouped ? `-(${printRule(child)})` : `-${printRule(child)}`;
    }
    case "keyword":
      return root.text;
    case "phrase":
      return quote(root.text) + (root.within === null ? "" : `~${root.within}`);
    case "hashtag":
      return `#${root.tag}`;
    case "cashtag":
      return `$${root.tag}`;
    case "mention":
      return `@${root.username}`;
    case "operator":
      return `${root.name}:${printValue(root.name, root.value)}`;
  }
}

function printValue(name: string, value: string): string {
  if (name === "point_radius" || name === "bounding_box") return value;
  // X wants quotes around punctuation, as in links.
  return /^[\p{L}\p{M}\p{N}_@*.-]+$/u.test(value) ? value : quote(value);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
