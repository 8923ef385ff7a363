/**
 * `birdwire up --registry-data`: what the registry has answered outlives the process, however that ends.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { runBirdwire, startEmulators } from "../support/birdwire.ts";

const schema = JSON.stringify({ type: "record", name: "R", fields: [{ name: "a", type: "int" }] });

function openFolder() {
  const folder = mkdtempSync(join(tmpdir(), "birdwire-registry-"));
  return {
    file: join(folder, "registry.json"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

test.each(["SIGTERM", "SIGKILL"] as const)(
  "whatever was answered before %s is there after it",
  async (signal) => {
    using place = openFolder();
    const names = Array.from({ length: 10 }, (_, index) => `s${index}`);
    {
      await using up = await startEmulators(["--registry-data", place.file]);
      await Promise.all(
        names.map(async (name) => {
          const response = await fetch(`${up.addresses.registryUrl}/subjects/${name}/versions`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ schema }),
          });
          expect(response.status).toBe(200);
        }),
      );
      up.process.kill(signal);
      await once(up.process, "close");
    }
    await using up = await startEmulators(["--registry-data", place.file]);
    const response = await fetch(`${up.addresses.registryUrl}/subjects`);
    expect(await response.json()).toEqual(names);
  },
  30_000,
);

test("a file that cannot be read ends it with exit code 2 and its name", async () => {
  using place = openFolder();
  writeFileSync(place.file, "{");
  const { code, stderr } = await runBirdwire([
    "up",
    ...["--kafka-port", "--registry-port", "--x-port", "--x-control-port"].flatMap((flag) => [flag, "0"]),
    "--registry-data",
    place.file,
  ]);
  expect({ code, named: stderr.includes(place.file) }).toEqual({ code: 2, named: true });
});
