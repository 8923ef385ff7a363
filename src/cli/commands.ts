/**
 * Every command of the bin, in the order of the help text.
 */
import type { Command, CommandGroup } from "./command.ts";
import { codegenCommand } from "./commands/codegen.ts";
import { consumeCommand } from "./commands/consume.ts";
import { demoCommand } from "./commands/demo.ts";
import { produceCommand } from "./commands/produce.ts";
import { registerCommand } from "./commands/schemas-register.ts";
import { upCommand } from "./commands/up.ts";

export function listCommands(): readonly (Command | CommandGroup)[] {
  return [
    demoCommand,
    upCommand,
    produceCommand,
    consumeCommand,
    { name: "schemas", describe: "the Avro schemas and the registry", commands: [registerCommand] },
    codegenCommand,
  ];
}
