/** The Kafka emulator as a program: writes its address, ends when its stdin does. */
import { once } from "node:events";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";

await using emulator = await startKafkaEmulator({ port: 0 });
process.stdout.write(`${emulator.bootstrap}\n`);
await once(process.stdin.resume(), "end");
