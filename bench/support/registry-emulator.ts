/**
 * The registry emulator as a program: writes its address, ends when its stdin does.
 */
import { once } from "node:events";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";

await using emulator = await startRegistryEmulator();
process.stdout.write(`${emulator.url}\n`);
await once(process.stdin.resume(), "end");
