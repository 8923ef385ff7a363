/**
 * Loads packages that lie in integration-tests/clients alone, or where BIRDWIRE_CLIENTS says: they are not installed
 * with the project, so nothing of them is known to the compiler, and who loads one says what it takes it for.
 *
 * @example
 * describeWith("clients", "a client", (folder) => {
 *   test("connects", async () => {
 *     const { Client } = await loadClient<{ Client: new (url: string) => OurInterface }>(folder, "some-client");
 *   });
 * });
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** `folder` is what `describeWith("clients", ...)` gives. A CommonJS package's exports are its `default`, too. */
export async function loadClient<Exports>(folder: string, name: string): Promise<Exports> {
  const path = createRequire(join(folder, "package.json")).resolve(name);
  return (await import(pathToFileURL(path).href)) as Exports;
}
