/**
 * Every command of the bin, in the order of the help text.
 */
import type { Command, CommandGroup } from "./command.ts";
import { codegenCommand } from "./commands/codegen.ts";
import { consumeCommand } from "./commands/consume.ts";
import { demoCommand } from "./commands/demo.ts";
import { dlqExplainCommand } from "./commands/dlq-explain.ts";
import { dlqListCommand } from "./commands/dlq-list.ts";
import { dlqRedriveCommand } from "./commands/dlq-redrive.ts";
import { dlqShowCommand } from "./commands/dlq-show.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { forgetCommand } from "./commands/forget.ts";
import { offsetsResetCommand } from "./commands/offsets-reset.ts";
import { offsetsShowCommand } from "./commands/offsets-show.ts";
import { produceCommand } from "./commands/produce.ts";
import { recordCommand } from "./commands/record.ts";
import { rereadCommand } from "./commands/reread.ts";
import { applyRulesCommand } from "./commands/rules-apply.ts";
import { listRulesCommand } from "./commands/rules-list.ts";
import { planRulesCommand } from "./commands/rules-plan.ts";
import { testRulesCommand } from "./commands/rules-test.ts";
import { applyCommand } from "./commands/schemas-apply.ts";
import { checkCommand } from "./commands/schemas-check.ts";
import { diffCommand } from "./commands/schemas-diff.ts";
import { historyCommand } from "./commands/schemas-history.ts";
import { lintCommand } from "./commands/schemas-lint.ts";
import { planCommand } from "./commands/schemas-plan.ts";
import { pullCommand } from "./commands/schemas-pull.ts";
import { registerCommand } from "./commands/schemas-register.ts";
import { releaseCommand } from "./commands/schemas-release.ts";
import { versionsCommand } from "./commands/schemas-versions.ts";
import { upCommand } from "./commands/up.ts";
import { xScenariosCommand } from "./commands/x-scenarios.ts";

export function listCommands(): readonly (Command | CommandGroup)[] {
  return [
    demoCommand,
    upCommand,
    xScenariosCommand,
    produceCommand,
    consumeCommand,
    rereadCommand,
    recordCommand,
    {
      name: "dlq",
      describe: "dead letters: what could not go on",
      commands: [dlqListCommand, dlqExplainCommand, dlqShowCommand, dlqRedriveCommand],
    },
    forgetCommand,
    {
      name: "offsets",
      describe: "where a consumer group stands, and moving it",
      commands: [offsetsShowCommand, offsetsResetCommand],
    },
    {
      name: "rules",
      describe: "the filter rules on X, as a file",
      commands: [planRulesCommand, applyRulesCommand, listRulesCommand, testRulesCommand],
    },
    doctorCommand,
    {
      name: "schemas",
      describe: "the Avro schemas and the registry",
      commands: [
        lintCommand,
        diffCommand,
        checkCommand,
        releaseCommand,
        planCommand,
        applyCommand,
        registerCommand,
        pullCommand,
        historyCommand,
        versionsCommand,
      ],
    },
    codegenCommand,
  ];
}
