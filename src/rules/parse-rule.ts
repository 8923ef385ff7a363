/**
 * A rule's text to its tree, or everything that is wrong with it, in the words X uses. Never throws.
 * Grammar: X's "build a rule" page; AND is a space and binds tighter than OR, `-` negates one clause or group.
 * How many rules an app may have is the endpoint's business, not the language's.
 */
import type { RuleNode, RuleProblem, RuleWarning } from "./ast.ts";
import { operators, stopWords } from "./operators.ts";
import { checkLength } from "./problem.ts";
import { type RuleToken, tokenizeRule } from "./tokenize-rule.ts";
import { warnAbout } from "./warn.ts";

export type ParsedRule =
  | {
      readonly kind: "rule";
      readonly root: RuleNode;
      /** What X takes and a person should know, such as operators that no payload can answer. */
      readonly warnings: readonly RuleWarning[];
    }
  | { readonly kind: "invalid"; readonly problems: readonly RuleProblem[] };

/** Deepest nesting of groups; far past what fits into a rule, and short of the stack's end. */
const maxDepth = 256;

export interface RuleLimits {
  /** Most characters (code points). Default: as many as there are; X's tiers are `maxRuleChars`. */
  readonly maxChars?: number;
}

export function parseRule(
  text: string,
  { maxChars = Number.POSITIVE_INFINITY }: RuleLimits = {},
): ParsedRule {
  const tooLong = checkLength(text, maxChars);
  if (tooLong !== null) return { kind: "invalid", problems: [tooLong] };
  const { tokens, problems: scanned } = tokenizeRule(text);
  const problems = [...scanned];
  const root = parseTokens(tokens, problems);
  if (problems.length === 0 && root !== null) checkClauses(root, problems);
  if (root === null || problems.length > 0) {
    problems.sort((a, b) => a.position - b.position);
    return { kind: "invalid", problems };
  }
  return { kind: "rule", root, warnings: warnAbout(root) };
}

/** Null when there is no tree; then there is a problem. */
function parseTokens(tokens: readonly RuleToken[], problems: RuleProblem[]): RuleNode | null {
  let next = 0;
  const end = tokens.at(-1) ?? { kind: "end" as const, position: 1 };
  const peek = (): RuleToken => tokens[next] ?? end;
  const refuse = (token: RuleToken, what: string) => {
    // What follows from an earlier mistake, or from what the scanner left out, is not the writer's second one.
    if (problems.length === 0) problems.push({ position: token.position, message: what });
  };

  const parseOr = (depth: number): RuleNode | null => {
    const position = peek().position;
    const children: RuleNode[] = [];
    for (;;) {
      const child = parseAnd(depth);
      if (child !== null) children.push(...(child.kind === "or" ? child.children : [child]));
      if (peek().kind !== "or") break;
      next++;
    }
    return join("or", children, position);
  };

  const parseAnd = (depth: number): RuleNode | null => {
    const position = peek().position;
    const children: RuleNode[] = [];
    while (peek().kind !== "or" && peek().kind !== "close" && peek().kind !== "end") {
      const child = parseClause(depth);
      if (child !== null) children.push(...(child.kind === "and" ? child.children : [child]));
    }
    if (children.length === 0) refuse(peek(), `no viable alternative at input '${printToken(peek())}'`);
    return join("and", children, position);
  };

  const parseClause = (depth: number): RuleNode | null => {
    const token = peek();
    next++;
    const { position } = token;
    switch (token.kind) {
      case "not": {
        const child = parseClause(depth);
        return child === null ? null : { kind: "not", position, child };
      }
      case "open": {
        if (depth >= maxDepth) {
          if (problems.length === 0) problems.push({ position, message: "Groups are nested too deeply" });
          next = tokens.length - 1;
          return null;
        }
        const child = parseOr(depth + 1);
        if (peek().kind === "close") next++;
        else if (problems.length === 0) {
          problems.push({ position: peek().position, message: "missing ')' at '<EOF>'" });
        }
        return child;
      }
      case "keyword":
        return { kind: "keyword", position, text: token.text };
      case "phrase":
        return { kind: "phrase", position, text: token.text, within: token.within };
      case "hashtag":
      case "cashtag":
        return { kind: token.kind, position, tag: token.text };
      case "mention":
        return { kind: "mention", position, username: token.text };
      case "operator":
        return { kind: "operator", position, name: token.name, value: token.value };
      case "or":
      case "close":
      case "end":
        // Only after a dangling "-": what follows is judged by the caller.
        next--;
        refuse(token, `no viable alternative at input '${printToken(token)}'`);
        return null;
    }
  };

  let root = parseOr(0);
  while (peek().kind === "close") {
    const { position } = peek();
    if (!problems.some((problem) => problem.position === position)) {
      problems.push({ position, message: "missing EOF at ')'" });
    }
    next++;
    if (peek().kind !== "end" && peek().kind !== "close") root = parseOr(0) ?? root;
  }
  return root;
}

function join(kind: "and" | "or", children: readonly RuleNode[], position: number): RuleNode | null {
  const [first] = children;
  if (first === undefined) return null;
  return children.length === 1 ? first : { kind, position, children };
}

function printToken(token: RuleToken): string {
  switch (token.kind) {
    case "or":
      return "OR";
    case "close":
      return ")";
    case "end":
      return "<EOF>";
    default:
      return token.kind;
  }
}

/** What the grammar allows and X does not: clauses that can't be negated, and rules with nothing to stand on. */
function checkClauses(root: RuleNode, problems: RuleProblem[]): void {
  checkNegations(root, false, problems);
  if (problems.length === 0) checkStanding(root, problems);
}

function checkNegations(node: RuleNode, negated: boolean, problems: RuleProblem[]): void {
  if (node.kind === "and" || node.kind === "or") {
    for (const child of node.children) checkNegations(child, negated, problems);
  } else if (node.kind === "not") checkNegations(node.child, !negated, problems);
  else if (node.kind === "operator") {
    const clause = `${node.name}:${node.value}`;
    if (negated && !operators[node.name].negatable) {
      problems.push({ position: node.position, message: `Operator '${node.name}' cannot be negated` });
    }
    if (!negated && clause.toLowerCase() === "is:nullcast") {
      problems.push({ position: node.position, message: "Operator 'is:nullcast' must be negated" });
    }
  }
}

type Standing = "stands" | "leans" | "negated" | "stop-word";

/** Each alternative needs a positive clause of its own that may stand alone. */
function checkStanding(root: RuleNode, problems: RuleProblem[]): void {
  const alternatives = root.kind === "or" ? root.children : [root];
  for (const alternative of alternatives) {
    const standing = standingOf(alternative);
    if (standing === "stands") continue;
    const { position } = alternative;
    if (standing === "leans") {
      problems.push({
        position,
        message: "has/is/lang/sample/source cannot be used as a standalone operator",
      });
      continue;
    }
    if (standing === "negated") {
      problems.push({ position, message: "Rules must contain a non-negation term" });
    }
    problems.push({ position, message: "Rules must contain at least one positive, non-stopword clause" });
  }
}

const rank: Readonly<Record<Standing, number>> = { stands: 3, leans: 2, "stop-word": 1, negated: 0 };

function standingOf(node: RuleNode): Standing {
  switch (node.kind) {
    case "and":
      return node.children.map(standingOf).reduce((a, b) => (rank[a] >= rank[b] ? a : b));
    case "or":
      return node.children.map(standingOf).reduce((a, b) => (rank[a] <= rank[b] ? a : b));
    case "not":
      return "negated";
    case "operator":
      return operators[node.name].standalone ? "stands" : "leans";
    case "keyword":
      return stopWords.has(node.text.toLowerCase()) ? "stop-word" : "stands";
    case "phrase":
    case "hashtag":
    case "cashtag":
    case "mention":
      return "stands";
  }
}
