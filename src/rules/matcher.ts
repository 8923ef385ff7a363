/**
 * A parsed rule as a test on v2 stream payloads (`{data, includes}`). Words of a quoted or repeated post count as the
 * post's own, as on X.
 */
import type { RuleNode } from "./ast.ts";
import { type FactsTest, operatorTests } from "./operator-tests.ts";
import { PostFacts } from "./post-facts.ts";
import { createTextTest } from "./words.ts";

/** Takes whatever JSON gave; what is no post matches nothing (but a negation). Never throws. */
export function createMatcher(rule: { readonly root: RuleNode }): (payload: unknown) => boolean {
  const test = createFactsMatcher(rule);
  return (payload) => test(new PostFacts(payload));
}

/** For many rules on one post: make its `PostFacts` once and hand it to each. */
export function createFactsMatcher({ root }: { readonly root: RuleNode }): FactsTest {
  return compile(root);
}

function compile(node: RuleNode): FactsTest {
  switch (node.kind) {
    case "and": {
      const tests = node.children.map(compile);
      return (post) => tests.every((test) => test(post));
    }
    case "or": {
      const tests = node.children.map(compile);
      return (post) => tests.some((test) => test(post));
    }
    case "not": {
      const test = compile(node.child);
      return (post) => !test(post);
    }
    case "keyword":
    case "phrase": {
      const test = createTextTest(node.text, node.kind === "phrase" ? node.within : null);
      return (post) => post.texts.some(test);
    }
    case "hashtag":
      return testTag("hashtags", node.tag);
    case "cashtag":
      return testTag("cashtags", node.tag);
    case "mention":
      return testTag("mentions", node.username);
    case "operator":
      return operatorTests[node.name](node.value);
  }
}

function testTag(kind: "hashtags" | "cashtags" | "mentions", text: string): FactsTest {
  const tag = text.normalize("NFC").toLowerCase();
  return (post) => post.tags(kind).includes(tag);
}
