/**
 * What the parser complains of, in a sentence that names the nearest thing that exists.
 */
import { closest, distance } from "fastest-levenshtein";
import { listSettings } from "../config/settings.ts";
import type { Command, CommandGroup } from "./command.ts";

/** A message for people: what is unknown or missing, and what was probably meant. */
export function explainUsage(
  message: string,
  args: readonly string[],
  commands: readonly (Command | CommandGroup)[],
): string {
  if (message.startsWith("Not enough non-option arguments")) return tellMissing(message, args, commands);
  const unknown = /^Unknown (?:argument|command)s?: (.+)$/.exec(message)?.[1]?.split(", ");
  if (unknown === undefined) return message;
  const words = args.filter((arg) => !arg.startsWith("-"));
  const entry = commands.find((candidate) => candidate.name === words[0]);
  const command =
    entry !== undefined && "commands" in entry ? entry.commands.find(({ name }) => name === words[1]) : entry;

  return unknown
    .map((name) => {
      if (
        command !== undefined &&
        args.some((arg) => new RegExp(`^--?${escapePattern(name)}(=|$)`).test(arg))
      ) {
        return `unknown option --${name}${nearest(name, listFlags(command as Command), "--")}`;
      }
      if (command !== undefined) return `unexpected argument ${JSON.stringify(name)}`;
      const siblings = entry !== undefined && "commands" in entry ? entry.commands : commands;
      const isOption = args.some(
        (arg) => arg.replace(/^-+/, "").split("=")[0] === name && arg.startsWith("-"),
      );
      if (isOption) return `unknown option --${name}`;
      return `unknown command ${JSON.stringify(name)}${nearest(
        name,
        siblings.map((sibling) => sibling.name),
        "",
      )}`;
    })
    .join("; ");
}

function tellMissing(
  message: string,
  args: readonly string[],
  commands: readonly (Command | CommandGroup)[],
): string {
  for (const entry of commands) {
    if (!args.includes(entry.name)) continue;
    if (!("commands" in entry)) {
      if (entry.operands === "") continue;
      return `${entry.name} takes ${entry.operands}`;
    }
    const command = entry.commands.find(({ name, operands }) => operands !== "" && args.includes(name));
    if (command !== undefined) return `${entry.name} ${command.name} takes ${command.operands}`;
  }
  return message;
}

function listFlags(command: Command): string[] {
  const settings = listSettings().filter(
    ({ name }) => command.settings.includes(name) || name === "logLevel" || name === "logFormat",
  );
  return [...Object.keys(command.options), ...settings.map(({ flag }) => flag), "config", "help", "version"];
}

function nearest(name: string, known: readonly string[], dashes: string): string {
  if (known.length === 0) return "";
  const best = closest(name, known);
  return distance(name, best) <= Math.max(2, Math.floor(name.length / 3))
    ? `; did you mean ${dashes}${best}?`
    : "";
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
