/**
 * A folder with a rules file, and an X emulator beside it, for the commands of `birdwire rules`.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startXEmulator } from "../../src/emulators/x/start.ts";
import { runBirdwireHere } from "./birdwire-here.ts";

const path = "/2/tweets/search/stream/rules";

export async function openRulesDesk(limits: { rules?: number } = {}, scenarios?: string) {
  const x = await startXEmulator({
    source: { kind: "generated", count: 0 },
    limits,
    ...(scenarios === undefined ? {} : { scenarios }),
  });
  const folder = await mkdtemp(join(tmpdir(), "birdwire-rules-"));
  const ask = async (body?: unknown): Promise<{ data?: { id: string; value: string; tag?: string }[] }> => {
    const headers = { authorization: "Bearer any", "content-type": "application/json" };
    const how = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    return (await fetch(`${x.url}${path}`, how)).json() as never;
  };
  return {
    url: x.url,
    folder,
    write: (text: string) => writeFile(join(folder, "rules.yaml"), text),
    rules: (...args: string[]) =>
      runBirdwireHere(["rules", ...args], {
        env: { BIRDWIRE_X_URL: x.url, X_BEARER_TOKEN: "any" },
        cwd: folder,
      }),
    add: (...rules: { value: string; tag?: string }[]) => ask({ add: rules }),
    held: async () => ((await ask()).data ?? []).map(({ value, tag }) => `${tag ?? ""} ${value}`).sort(),
    async [Symbol.asyncDispose]() {
      await x[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** A server of the test's own in the place of X. */
export async function listen(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
