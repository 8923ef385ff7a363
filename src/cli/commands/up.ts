/**
 * `birdwire up`: the three emulators on their usual ports, until a signal.
 */
import { createSystemClock } from "../../kernel/clock.ts";
import { defineCommand } from "../command.ts";
import { writeAll } from "../host.ts";
import { type EmulatorSettings, openEmulators } from "../open-emulators.ts";
import { parseIntegerOption } from "../usage-error.ts";
import { parseClockSpeed, parseXAccessOptions, xAccessOptions } from "../x-access-options.ts";
import { parseXEmulatorOptions, xEmulatorOptions } from "../x-emulator-options.ts";
import { parseXScenarioOptions, xScenarioOptions } from "../x-scenario-options.ts";

const port = { min: 0, max: 65_535 };

export const upCommand = defineCommand({
  name: "up",
  describe: "start local Kafka, Schema Registry and X emulators",
  options: {
    "kafka-port": {
      type: "number",
      default: 9092,
      requiresArg: true,
      describe: "port of the broker, 0 for any",
    },
    "kafka-control-port": {
      type: "number",
      requiresArg: true,
      describe: "port that rolls a topic's segments, 0 for any: POST /topics/NAME/roll [none]",
    },
    "registry-port": {
      type: "number",
      default: 8081,
      requiresArg: true,
      describe: "port of the registry, 0 for any",
    },
    "registry-data": {
      type: "string",
      requiresArg: true,
      describe: "file that keeps the registry's schemas over restarts [in memory alone]",
    },
    "x-port": { type: "number", default: 8090, requiresArg: true, describe: "port of the X API, 0 for any" },
    "x-control-port": {
      type: "number",
      default: 8091,
      requiresArg: true,
      describe: "port that controls the X emulator: ledger, counters, posts of your own; 0 for any",
    },
    "kafka-retention-bytes": {
      type: "number",
      requiresArg: true,
      describe: "bytes that each partition keeps in memory; older records go [268435456]",
    },
    ...xEmulatorOptions,
    ...xAccessOptions,
    ...xScenarioOptions,
    env: { type: "boolean", describe: "print export lines on stdout once all are ready" },
    json: {
      type: "boolean",
      conflicts: "env",
      describe: "print one JSON object on stdout instead",
    },
  },
  examples: [
    ["up", "emulators on 9092, 8081 and 8090, tweets from a generator"],
    ["up --x-replay posts.ndjson --x-rate max", "play recorded posts as fast as they are read"],
    ["up --x-app first=ppu --x-app second=enterprise", "two apps of X, each with its own rules and limits"],
    ["up --x-scenario rst@after=100,flap", "faults of X; `birdwire x-scenarios` lists them"],
    [
      "up --kafka-port 0 --registry-port 0 --x-port 0 --x-control-port 0 --json",
      "free ports, addresses as JSON",
    ],
  ],
  async run({ host, log }, args) {
    const settings: EmulatorSettings = {
      kafkaPort: parseIntegerOption("kafka-port", args["kafka-port"], port),
      kafkaControlPort: parseIntegerOption("kafka-control-port", args["kafka-control-port"], port),
      registryPort: parseIntegerOption("registry-port", args["registry-port"], port),
      registryData: args["registry-data"],
      xPort: parseIntegerOption("x-port", args["x-port"], port),
      xControlPort: parseIntegerOption("x-control-port", args["x-control-port"], port),
      x: { ...parseXEmulatorOptions(args), ...parseXAccessOptions(args), ...parseXScenarioOptions(args) },
      kafkaRetentionBytes: parseIntegerOption("kafka-retention-bytes", args["kafka-retention-bytes"], {
        min: 1,
      }),
    };
    const speed = parseClockSpeed(args["x-clock-speed"]);
    const clock = speed === 1 ? host.clock : createSystemClock(speed);
    if (settings.x.scenarios !== undefined) {
      // A name that does not exist is told before anything is started.
      const { parseScenarios } = await import("../../emulators/x/scenarios/plan.ts");
      parseScenarios(settings.x.scenarios);
    }
    const stop = host.interruption();
    await using emulators = await openEmulators(settings, { log, clock });
    const { brokers, kafkaControlUrl, registryUrl, xUrl, xControlUrl } = emulators.addresses;
    if (args.json) {
      await writeAll(host.stdout, `${JSON.stringify(emulators.addresses)}\n`);
    } else if (args.env) {
      const lines = [
        `BIRDWIRE_BROKERS=${brokers}`,
        `BIRDWIRE_REGISTRY_URL=${registryUrl}`,
        `BIRDWIRE_X_URL=${xUrl}`,
      ];
      // A token that the user chose is a secret; without one the emulator takes any.
      if (settings.x.token === undefined && settings.x.apps === undefined)
        lines.push("X_BEARER_TOKEN=emulator");
      await writeAll(host.stdout, lines.map((line) => `export ${line}\n`).join(""));
    }
    log.info(`Kafka emulator ready on ${brokers}`);
    if (kafkaControlUrl !== undefined) log.info(`Kafka's segments are rolled on ${kafkaControlUrl}`);
    log.info(`registry emulator ready on ${registryUrl}`);
    log.info(`X emulator ready on ${xUrl}, its control on ${xControlUrl}`);
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      stop.addEventListener("abort", () => resolve(), { once: true });
    });
    log.info("stopping the emulators");
    return 0;
  },
});
