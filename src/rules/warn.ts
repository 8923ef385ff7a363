/**
 * What X takes and a person should know all the same: operators that a payload cannot answer, languages that X does
 * not tell, groups negated against X's advice. Source: X's operator and build-a-rule pages; x-api facts 1.7.
 */
import type { OperatorName, RuleNode, RuleWarning } from "./ast.ts";
import { operators } from "./operators.ts";

/** The codes that X's operator page lists, in lower case. */
const languages: ReadonlySet<string> = new Set(
  (
    "am ar hy eu bn bg ca hr cs da nl en et fi fr de ka el gu iw hi hu in ja kn ko lv lt ml mr no fa pl pt ro ru sr " +
    "zh-cn sk sl es sv ta te th zh-tw tr uk ur vi"
  ).split(" "),
);

/** The codes of ISO 639-1 that X calls otherwise. */
const renamed: Readonly<Record<string, string>> = { he: "iw", id: "in", zh: "zh-CN or lang:zh-TW" };

const neverMatches: Partial<Readonly<Record<OperatorName, string>>> = {
  embedding: "X has it for Enterprise with the Embedding tier alone",
  embedding_threshold: "X has it for Enterprise with the Embedding tier alone",
};

/** In the order of the text. */
export function warnAbout(root: RuleNode): RuleWarning[] {
  const found: RuleWarning[] = [];
  const visit = (node: RuleNode): void => {
    switch (node.kind) {
      case "and":
      case "or":
        node.children.forEach(visit);
        return;
      case "not":
        if (node.child.kind === "and" || node.child.kind === "or") {
          found.push({
            kind: "advice",
            position: node.position,
            message: "X advises against negated groups: negate each clause instead, -a -b for -(a OR b)",
          });
        }
        visit(node.child);
        return;
      case "operator": {
        found.push(...warnAboutOperator(node.name, node.value, node.position));
        return;
      }
      case "keyword":
      case "phrase":
      case "hashtag":
      case "cashtag":
      case "mention":
        return;
    }
  };
  visit(root);
  return found;
}

function warnAboutOperator(name: OperatorName, value: string, position: number): RuleWarning[] {
  if (!operators[name].evaluated) {
    const more = neverMatches[name] === undefined ? "" : `; ${neverMatches[name]}`;
    const message = `'${name}' cannot be evaluated here, since no payload tells it: it never matches${more}`;
    return [{ kind: "not-evaluated", position, message }];
  }
  if (name !== "lang" || languages.has(value.toLowerCase())) return [];
  const instead = renamed[value.toLowerCase()];
  const message = `X lists no language '${value}'${instead === undefined ? "" : `; it calls it lang:${instead}`}`;
  return [{ kind: "advice", position, message }];
}
