/**
 * What a command is: its name, its options as data, and what it does. Commands import their rooms when they run,
 * so that `--help` and `up` do not wait for a Kafka client to load.
 */
import type { InferredOptionTypes, Options } from "yargs";
import type { ConnectionSecurity } from "../config/security.ts";
import type { Config, SettingName } from "../config/settings.ts";
import type { Log, LogFormat } from "../telemetry/log.ts";
import type { Host } from "./host.ts";

export interface CommandContext {
  readonly host: Host;
  readonly log: Log;
  /** What the log is written as. */
  readonly logFormat: LogFormat;
  readonly config: Config;
  /** Of the servers that the command's settings name; of others there is none. */
  readonly security: ConnectionSecurity;
}

export interface Command {
  readonly name: string;
  readonly describe: string;
  /** Settings of the configuration that the command uses; each becomes a flag. */
  readonly settings: readonly SettingName[];
  readonly options: Readonly<Record<string, Options>>;
  /** What stands after the name: `<subject>` or, where it may be left out, `[subject]`; described in `options`. */
  readonly operands: string;
  /** Pairs of a command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** Of its settings, those it goes without for these arguments: what the surroundings say of them may be wrong. */
  readonly unused?: ((args: Readonly<Record<string, unknown>>) => readonly SettingName[]) | undefined;
  run(context: CommandContext, args: Readonly<Record<string, unknown>>): Promise<number>;
}

export interface CommandGroup {
  readonly name: string;
  readonly describe: string;
  readonly commands: readonly Command[];
}

export interface CommandSpec<O extends Readonly<Record<string, Options>>> {
  readonly name: string;
  readonly describe: string;
  readonly settings?: readonly SettingName[];
  readonly operands?: string;
  readonly options: O;
  readonly examples?: readonly (readonly [string, string])[];
  readonly unused?: Command["unused"];
  /** Resolves with the exit code. */
  run(context: CommandContext, args: InferredOptionTypes<O>): Promise<number>;
}

/** Binds the types of `args` to the options, once, so that a command cannot read an option it does not declare. */
export function defineCommand<const O extends Readonly<Record<string, Options>>>(
  spec: CommandSpec<O>,
): Command {
  return {
    settings: [],
    operands: "",
    examples: [],
    ...spec,
    run: (context, args) => spec.run(context, args as InferredOptionTypes<O>),
  };
}
