/**
 * From arguments to exit code: parses the line, loads the configuration, runs one command, and turns whatever it
 * throws into sentences and a code.
 */
import type { Argv, Options } from "yargs";
import yargs from "yargs";
import { loadConfigFile, parseConfig } from "../config/load-config.ts";
import { readAllSecrets } from "../config/secret.ts";
import { checkExposure, noSecurity, readKafkaSecurity, readRegistrySecurity } from "../config/security.ts";
import { listSettings } from "../config/settings.ts";
import { createSystemClock } from "../kernel/clock.ts";
import { createLog } from "../telemetry/log.ts";
import { createRedactor } from "../telemetry/redact.ts";
import type { Command, CommandContext } from "./command.ts";
import { listCommands } from "./commands.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { Interrupted } from "./heed.ts";
import { type Host, writeAll } from "./host.ts";
import { isReaderGone } from "./output-error.ts";
import { readPackageVersion } from "./package-root.ts";
import { type Reporting, reportError } from "./report-error.ts";
import { explainUsage } from "./suggest.ts";
import { UsageError } from "./usage-error.ts";

const widestHelp = 110;

/** A process goes by the system's clock unless it has another. */
export type HostProcess = Omit<Host, "clock"> & Partial<Pick<Host, "clock">>;

/** Runs one command line; resolves with its exit code and never rejects. */
export async function run(hostProcess: HostProcess): Promise<number> {
  const host: Host = { clock: createSystemClock(), ...hostProcess };
  let chosen: { command: Command; name: string; args: Readonly<Record<string, unknown>> } | undefined;
  // Until the configuration is known; a command line that cannot be right is a person's.
  let reporting: Reporting = { format: "text", redact: createRedactor() };
  try {
    const parser = createParser(host, (command, name, args) => {
      chosen = { command, name, args };
    });
    let help = "";
    await parser.parseAsync([...host.args], {}, (_error: unknown, _args: unknown, output: string) => {
      help = output;
    });
    if (help !== "") {
      await writeAll(host.stdout, `${help}\n`);
      return 0;
    }
    if (chosen === undefined) throw new UsageError("usage", "which command?");
    const { command, args } = chosen;
    const context = await createContext(host, command, args, (known) => {
      reporting = known;
    });
    return await command.run(context, args);
  } catch (error) {
    // Nothing failed: the process ends with the code of the signal, or its reader has had enough.
    if (error instanceof Interrupted || isReaderGone(error)) return exitCodes.ok;
    await reportError(error, host, { ...reporting, command: chosen?.name });
    return exitCodeOf(error);
  }
}

/** `onReporting` is told how failures are to be reported as soon as that is known. */
async function createContext(
  host: Host,
  command: Command,
  args: Readonly<Record<string, unknown>>,
  onReporting: (reporting: Reporting) => void,
): Promise<CommandContext> {
  const path = typeof args.config === "string" ? args.config : host.env.BIRDWIRE_CONFIG;
  const file = await loadConfigFile(host.cwd, path);
  const unused = command.unused?.(args) ?? [];
  const settings = command.settings.filter((name) => !unused.includes(name));
  const config = parseConfig({ flags: args, env: host.env, file, unused });
  const secrets = await readAllSecrets(host.env);
  const emulatorToken = args["x-token"];
  const redact = createRedactor(typeof emulatorToken === "string" ? [...secrets, emulatorToken] : secrets);
  const isTerminal = host.stderr.isTTY === true;
  const logFormat = config.logFormat === "auto" ? (isTerminal ? "text" : "json") : config.logFormat;
  onReporting({ format: logFormat, redact });
  const log = createLog({
    level: config.logLevel,
    format: logFormat,
    redact,
    write: (line) => void host.stderr.write(line),
  });
  // What a command does not connect to need not be set up.
  const security = {
    kafka: settings.includes("brokers") ? await readKafkaSecurity(config, host) : noSecurity.kafka,
    registry: settings.includes("registry") ? await readRegistrySecurity(config, host) : noSecurity.registry,
  };
  for (const finding of checkExposure(config, security)) log.warn(finding);
  return { host, log, logFormat, config, security };
}

const commonOptions: Readonly<Record<string, Options>> = {
  config: {
    type: "string",
    describe: "configuration file [birdwire.config.{json,yaml} here]",
    group: "Settings:",
  },
};

/** `choose` is told the name with that of its group: `schemas check`. */
function createParser(
  host: Host,
  choose: (command: Command, name: string, args: Record<string, unknown>) => void,
): Argv {
  const settings = listSettings();
  const addCommand = (parent: Argv, command: Command, prefix: string) =>
    parent.command(
      `${command.name} ${command.operands}`.trim(),
      command.describe,
      (builder) => {
        for (const [flag, option] of Object.entries(command.options)) {
          if (new RegExp(`[<[]${flag}(?:\\.\\.)?[\\]>]`).test(command.operands)) {
            builder.positional(flag, { describe: option.describe, type: "string" });
            continue;
          }
          builder.option(flag, option.array === true ? option : { ...option, coerce: takeLast });
        }
        for (const name of [...command.settings, "logLevel", "logFormat"] as const) {
          const setting = settings.find((candidate) => candidate.name === name);
          if (setting === undefined) throw new TypeError(`no setting ${name}`);
          const { isSwitch = false, shown, group = "Settings:" } = setting;
          builder.option(setting.flag, {
            ...(isSwitch ? { type: "boolean" } : { type: "string", requiresArg: true }),
            coerce: takeLast,
            describe: `${setting.describe} [${setting.env}${shown === undefined ? "" : `, ${shown}`}]`,
            group,
          });
        }
        builder.options(commonOptions);
        for (const [line, what] of command.examples) builder.example(`$0 ${prefix}${line}`, what);
        return builder;
      },
      (args) => choose(command, `${prefix}${command.name}`, args as Record<string, unknown>),
    );

  let parser = yargs([])
    .scriptName("birdwire")
    .locale("en")
    .usage("$0 <command>\n\nX (Twitter) posts through Kafka as typed Avro records.")
    .version(readPackageVersion())
    .help()
    .alias("help", "h")
    .wrap(Math.min(widestHelp, host.stdout.columns ?? widestHelp))
    .parserConfiguration({ "camel-case-expansion": false })
    .strict()
    .demandCommand(1, "which command?")
    .exitProcess(false)
    .epilogue("Exit codes: 0 ok, 2 usage, 3 schema, 4 not reachable, 5 refused, 6 budget, 7 dead letters.")
    .fail((message, error) => {
      if (error !== undefined && error !== null && error.name !== "YError") throw error;
      throw new UsageError("usage", explainUsage(message ?? String(error), host.args, listCommands()));
    });
  for (const entry of listCommands()) {
    if ("commands" in entry) {
      parser = parser.command(entry.name, entry.describe, (builder) => {
        for (const command of entry.commands) addCommand(builder, command, `${entry.name} `);
        return builder.demandCommand(1, `${entry.name}: which command?`);
      });
    } else {
      parser = addCommand(parser, entry, "");
    }
  }
  return parser;
}

/** Of an option that is given more than once and is not a list, the last one counts. */
function takeLast(value: unknown): unknown {
  return Array.isArray(value) ? value.at(-1) : value;
}
