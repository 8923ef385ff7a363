/**
 * The commands of the documentation as data. A block of commands is a fence of `sh`; the comment before it says how
 * it is tested: `run: foreground`, `run: background`, `run by: WHAT`, or `not run here: REASON`.
 */
import { readFile } from "node:fs/promises";
import { repositoryRoot } from "./birdwire.ts";

export type CommandBlock = {
  readonly file: string;
  readonly line: number;
  readonly commands: readonly string[];
} & (
  | { readonly kind: "foreground" | "background" }
  | { readonly kind: "elsewhere"; readonly reason: string }
  | { readonly kind: "unmarked" }
);

export async function readCommandBlocks(file: string): Promise<CommandBlock[]> {
  const text = await readFile(`${repositoryRoot}${file}`, "utf8");
  return [...text.matchAll(/(?:<!-- (.+?) -->\n)?```sh\n(.*?)```/gs)].map(([whole, mark, body = ""]) => {
    const place = {
      file,
      line: text.slice(0, text.indexOf(whole)).split("\n").length,
      commands: body
        .replaceAll("\\\n", " ")
        .split("\n")
        .map((command) => command.trim())
        .filter((command) => command !== ""),
    };
    if (mark === "run: foreground") return { ...place, kind: "foreground" };
    if (mark === "run: background") return { ...place, kind: "background" };
    const reason = /^(?:run by|not run here): (.+)$/.exec(mark ?? "")?.[1];
    return reason === undefined ? { ...place, kind: "unmarked" } : { ...place, kind: "elsewhere", reason };
  });
}

/** Words of a command line as a shell splits them: quotes, and leading NAME=VALUE as environment. */
export function parseCommandLine(line: string): {
  readonly env: Record<string, string>;
  readonly words: string[];
} {
  const words = [...line.matchAll(/(?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"/g, (_quoted, single, double) =>
      typeof single === "string" ? single : String(double).replaceAll(/\\(["\\$`])/g, "$1"),
    ),
  );
  const env: Record<string, string> = {};
  for (;;) {
    const match = /^([A-Z_]+)=(.*)$/.exec(words[0] ?? "");
    if (match === null) return { env, words };
    env[match[1] ?? ""] = match[2] ?? "";
    words.shift();
  }
}
