/**
 * Every command in the documentation is run as it stands there, or says who runs it instead.
 */
import { readdir, stat } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { repositoryRoot } from "./support/birdwire.ts";
import { runBirdwireHere, startEmulatorsHere } from "./support/birdwire-here.ts";
import { parseCommandLine, readCommandBlocks } from "./support/documentation.ts";

const docs = (await readdir(`${repositoryRoot}docs`))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`);
const files = ["README.md", "CONTRIBUTING.md", "schemas/README.md", ...docs];

/** Ports of the documentation's own `up`, replaced by free ones so that the test disturbs nobody. */
const usualAddresses = [
  ["localhost:9092", "BIRDWIRE_BROKERS"],
  ["http://localhost:8081", "BIRDWIRE_REGISTRY_URL"],
  ["http://localhost:8090", "BIRDWIRE_X_URL"],
] as const;

/** Without the flags that every `up` of a test is given. */
function withoutPorts(flags: readonly string[]): string[] {
  const isPort = (flag: string | undefined) => /^--\S+-port$/.test(flag ?? "");
  return flags.filter((flag, index) => flag !== "--json" && !(isPort(flag) || isPort(flags[index - 1])));
}

describe.each(files)("the commands of %s", (file) => {
  test("run", async () => {
    const blocks = await readCommandBlocks(file);
    expect(blocks.filter(({ kind }) => kind === "unmarked")).toEqual([]);
    const background: AsyncDisposable[] = [];
    let addresses: Record<string, string> = {};
    try {
      for (const block of blocks) {
        if (block.kind === "elsewhere" || block.kind === "unmarked") continue;
        for (const command of block.commands) {
          const { env, words } = parseCommandLine(command);
          expect(words.slice(0, 2)).toEqual(["npx", "birdwire"]);
          const args = words.slice(2).map((word) => {
            const usual = usualAddresses.find(([address]) => address === word);
            return usual === undefined ? word : (addresses[usual[1]] ?? word);
          });
          if (block.kind === "foreground") {
            const { code, stderr } = await runBirdwireHere(args, { env: { ...addresses, ...env } });
            expect({ command, code, stderr: code === 0 ? "" : stderr }).toEqual({
              command,
              code: 0,
              stderr: "",
            });
            continue;
          }
          const [up, ...flags] = args;
          expect(up).toBe("up");
          const running = await startEmulatorsHere(withoutPorts(flags));
          background.push(running);
          const { brokers, registryUrl, xUrl } = running.addresses;
          addresses = { BIRDWIRE_BROKERS: brokers, BIRDWIRE_REGISTRY_URL: registryUrl, BIRDWIRE_X_URL: xUrl };
        }
      }
    } finally {
      for (const running of background) await running[Symbol.asyncDispose]();
    }
  });

  test("name files that exist", async () => {
    const { readFile } = await import("node:fs/promises");
    const text = await readFile(`${repositoryRoot}${file}`, "utf8");
    const folder = file.includes("/") ? `${file.slice(0, file.lastIndexOf("/"))}/` : "";
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      await expect(stat(`${repositoryRoot}${folder}${target}`)).resolves.toBeDefined();
    }
  });
});
