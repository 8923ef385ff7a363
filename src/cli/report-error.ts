/**
 * What ended a command, said on stderr: sentences for people, or a line of the JSON log.
 */
import { BirdwireError, describeCause } from "../kernel/error.ts";
import { neutralize } from "../render/neutralize.ts";
import { createLog, type LogFormat } from "../telemetry/log.ts";
import { exitCodeOf, hintOf, isExpected } from "./exit-codes.ts";
import { type Host, tell } from "./host.ts";
import type { UsageErrorCode } from "./usage-error.ts";

export interface Reporting {
  readonly format: LogFormat;
  /** Takes secrets out of what is shown. */
  readonly redact: (text: string) => string;
}

/** Whatever the level of the log. A stack is shown only for a defect, and only under BIRDWIRE_DEBUG. */
export async function reportError(
  error: unknown,
  host: Host,
  { format, redact, command }: Reporting & { readonly command: string | undefined },
): Promise<void> {
  const message = describeCause(error);
  const isUsage = error instanceof BirdwireError && error.code === ("usage" satisfies UsageErrorCode);
  const isDebugged = !isExpected(error) && host.env.BIRDWIRE_DEBUG !== undefined;
  const stack = isDebugged && error instanceof Error ? error.stack : undefined;
  const hint = hintOf(error);
  const help = isUsage ? `birdwire${command === undefined ? "" : ` ${command}`} --help` : undefined;
  if (format === "json") {
    const log = createLog({ level: "error", format, redact, write: (line) => void host.stderr.write(line) });
    const code = error instanceof BirdwireError ? error.code : undefined;
    log.error(message, { code, exitCode: exitCodeOf(error), hint, help, stack });
    return;
  }
  let text = `birdwire: ${message}`;
  if (hint !== undefined) text += `\n  ${hint}`;
  if (help !== undefined) text += `\n  see: ${help}`;
  if (stack !== undefined) text += `\n${stack}`;
  else if (!isExpected(error)) text += "\n  this is unexpected; BIRDWIRE_DEBUG=1 shows where it happened";
  await tell(host.stderr, `${neutralize(redact(text), { keepLines: true })}\n`);
}
