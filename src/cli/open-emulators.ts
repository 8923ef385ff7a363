/**
 * The three emulators of one process, opened together and closed together.
 */
import type { XEmulator } from "../emulators/x/start.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { XAccessSettings } from "./x-access-options.ts";
import type { XEmulatorSettings } from "./x-emulator-options.ts";
import type { XScenarioSettings } from "./x-scenario-options.ts";

export interface EmulatorSettings {
  readonly kafkaPort: number;
  readonly registryPort: number;
  /** Keeps the registry's state over restarts. Default: in memory alone. */
  readonly registryData?: string | undefined;
  readonly xPort: number;
  readonly xControlPort: number;
  readonly x: XEmulatorSettings & XAccessSettings & XScenarioSettings;
  /** Port that rolls segments. Default: none. */
  readonly kafkaControlPort?: number | undefined;
  /** Bytes that each partition keeps; older batches go. Default: the broker's. */
  readonly kafkaRetentionBytes?: number | undefined;
}

export interface EmulatorAddresses {
  /** host:port, as --brokers takes it. */
  readonly brokers: string;
  /** Absent without a control port. */
  readonly kafkaControlUrl?: string;
  readonly registryUrl: string;
  readonly xUrl: string;
  readonly xControlUrl: string;
}

export interface Emulators extends AsyncDisposable {
  readonly addresses: EmulatorAddresses;
  readonly x: XEmulator;
}

/**
 * X's emulator goes by the clock; broker and registry go by real time, as their clients do. Throws EmulatorError
 * `port-in-use`; then none of them is left running.
 */
export async function openEmulators(
  settings: EmulatorSettings,
  { log, clock }: { readonly log: Log; readonly clock: Clock },
): Promise<Emulators> {
  const [{ startKafkaEmulator }, { startRegistryEmulator }, { startXEmulator }] = await Promise.all([
    import("../emulators/kafka/start.ts"),
    import("../emulators/registry/start.ts"),
    import("../emulators/x/start.ts"),
  ]);
  const { kafkaRetentionBytes, registryData } = settings;
  const retention = kafkaRetentionBytes === undefined ? {} : { retentionBytes: kafkaRetentionBytes };
  const started = await Promise.allSettled([
    startKafkaEmulator({
      port: settings.kafkaPort,
      controlPort: settings.kafkaControlPort,
      log,
      ...retention,
    }),
    startRegistryEmulator({
      port: settings.registryPort,
      log,
      ...(registryData !== undefined && { dataFile: registryData }),
    }),
    startXEmulator({ port: settings.xPort, controlPort: settings.xControlPort, log, clock, ...settings.x }),
  ]);
  const close = async () => {
    for (const result of [...started].reverse()) {
      if (result.status === "fulfilled") await result.value[Symbol.asyncDispose]();
    }
  };
  const [kafka, registry, x] = started;
  if (kafka.status === "rejected" || registry.status === "rejected" || x.status === "rejected") {
    await close();
    throw started.find((result) => result.status === "rejected")?.reason;
  }
  return {
    addresses: {
      brokers: kafka.value.bootstrap,
      ...(kafka.value.controlPort !== null && {
        kafkaControlUrl: `http://${kafka.value.host}:${kafka.value.controlPort}`,
      }),
      registryUrl: registry.value.url,
      xUrl: x.value.url,
      xControlUrl: x.value.controlUrl,
    },
    x: x.value,
    [Symbol.asyncDispose]: close,
  };
}
