/**
 * `npm run test:contract -- --target containers`, stopped in the middle: no container outlives it.
 */
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { repositoryRoot } from "../support/birdwire.ts";
import { readComposeService } from "../support/compose-file.ts";
import { describeWith } from "../support/requirements.ts";

const timeoutMs = 120_000;

describeWith("docker", "the contract's runner on containers", (docker) => {
  const run = async (...words: readonly string[]) => (await promisify(execFile)(docker, [...words])).stdout;

  test(
    "removes its containers when it is told to stop",
    async () => {
      // Only its own containers are of that name.
      const image = `birdwire-test-runner:${randomUUID()}`;
      const known = readComposeService("kafka").image;
      await run("image", "inspect", known).catch(() => run("pull", known));
      await run("tag", known, image);
      try {
        const child = spawn(
          process.execPath,
          ["integration-tests/contract/main.ts", "--target", "containers", "contract/kafka-admin"],
          {
            cwd: repositoryRoot,
            env: { ...process.env, BIRDWIRE_KAFKA_IMAGE: image },
            stdio: ["ignore", "ignore", "pipe"],
          },
        );
        const ended = once(child, "close");
        let said = "";
        child.stderr.on("data", (chunk: Buffer) => {
          said += chunk.toString();
        });
        const events = spawn("docker", ["events", "--filter", `image=${image}`, "--filter", "event=start"]);
        try {
          await Promise.race([once(events.stdout, "data"), ended]);
        } finally {
          events.kill("SIGKILL");
        }
        child.kill("SIGINT");
        const [code] = await ended;
        expect({ code, said }).toEqual({ code: 130, said: expect.stringContaining("stopped by SIGINT") });
        const left = (await run("ps", "--all", "--format", "{{.Image}}")).split("\n");
        expect(left.filter((name) => name === image)).toEqual([]);
      } finally {
        await run("rmi", image);
      }
    },
    timeoutMs,
  );
});
