/**
 * Every command of the bin, in the order of the help text.
 */
import type { Command, CommandGroup } from "./command.ts";
import { codegenCommand } from "./commands/codegen.ts";
import { consumeCommand } from "./commands/consume.ts";
import { demoCommand } from "./commands/demo.ts";
import { produceCommand } from "./commands/produce.ts";
import { checkCommand } from "./commands/schemas-check.ts";
import { diffCommand } from "./commands/schemas-diff.ts";
import { lintCommand } from "./commands/schemas-lint.ts";
import { registerCommand } from "./commands/schemas-register.ts";
import { releaseCommand } from "./commands/schemas-release.ts";
import { upCommand } from "./commands/up.ts";

export function listCommands(): readonly (Command | CommandGroup)[] {
  return [
    demoCommand,
    upCommand,
    produceCommand,
    consumeCommand,
    {
      name: "schemas",
      describe: "the Avro schemas and the registry",
      commands: [lintCommand, diffCommand, checkCommand, releaseCommand, registerCommand],
    },
    codegenCommand,
  ];
}
