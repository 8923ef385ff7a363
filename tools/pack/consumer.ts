/**
 * A user's file, compiled against the installed package under the strictest settings, declarations of the package
 * included: what it imports must be there, and a wrong field must be an error.
 */
export const consumerSource = `import { openConsumer, openProducer, type Tweet, TweetSchema } from "birdwire";
import { TweetSchema as OwnTweetSchema } from "./generated/tweet.js";

await using producer = await openProducer({ topic: "twitter" }, TweetSchema, { key: (tweet) => tweet.id });
await producer.send({ created_at: "2026-01-31T12:00:00.000Z", id: "1", text: "hello" });
// @ts-expect-error: a Tweet has no such field
await producer.send({ created_at: "2026-01-31T12:00:00.000Z", id: "1", texts: "hello" });
await using consumer = await openConsumer({ topic: "twitter" }, OwnTweetSchema, { group: "readers" });
export const texts = (tweets: readonly Tweet[]): string[] => tweets.map((tweet) => tweet.text);
export const open = () => consumer;
`;

export const consumerSettings = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  },
  include: ["*.ts", "generated/*.ts"],
} as const;

/** What a tarball may hold; a test, a source or a golden file in it is a mistake. */
const packable = [
  /^dist\/(src|codegen)\/.+\.(js|d\.ts|json)$/,
  /^schemas\/.+\.(avsc|json|md)$/,
  /^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/,
];
const unwanted = /(^|\/)(testing|cases)\/|\.test\.|\.golden/;
const required = [
  "package.json",
  "LICENSE",
  "README.md",
  "CHANGELOG.md",
  "dist/src/main.js",
  "dist/src/index.js",
  "dist/src/index.d.ts",
  "schemas/subjects.json",
];

/** Sentences about files that should not be in the package, or should be and are not. */
export function checkPackedFiles(paths: readonly string[]): string[] {
  const strangers = paths.filter(
    (path) => unwanted.test(path) || !packable.some((pattern) => pattern.test(path)),
  );
  const missing = required.filter((path) => !paths.includes(path));
  return [...strangers.map((path) => `${path} is packed`), ...missing.map((path) => `${path} is missing`)];
}
