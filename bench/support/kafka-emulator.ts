/**
 * The Kafka emulator as a program: writes its address, ends when its stdin does. `kafka-emulator.ts [DELAY_MS]` takes so
 * long for each write, and keeps little of what is written; `kafka-emulator.ts all` keeps everything.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Interceptor } from "../../src/emulators/kafka/protocol/api.ts";
import { produce } from "../../src/emulators/kafka/requests/00-produce.ts";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";

const [how = "0"] = process.argv.slice(2);
const delayMs = how === "all" ? 0 : Number(how);
const keptBytes = 4 * 1024 * 1024;
const delayed: Interceptor = async ({ api }, next) => {
  if (api.key === produce.key) await sleep(delayMs);
  return await next();
};

await using emulator = await startKafkaEmulator({
  port: 0,
  ...(how === "all" && { retentionBytes: Number.MAX_SAFE_INTEGER }),
  ...(delayMs > 0 && { intercept: delayed, retentionBytes: keptBytes }),
});
process.stdout.write(`${emulator.bootstrap}\n`);
await once(process.stdin.resume(), "end");
