/**
 * The log: lines for people or JSON for machines, on stderr alone. Rooms take a Log and never a stream.
 */
import { isNativeError } from "node:util/types";
import { pino } from "pino";
import { describeCause } from "../kernel/error.ts";
import { createRedactor } from "./redact.ts";

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFormat = "text" | "json";
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** `text`: one line for people; `json`: one object a line. */
  readonly format: LogFormat;
  readonly write: (line: string) => void;
  /** Takes secrets out of a line. Default: what looks like one. */
  readonly redact?: (line: string) => string;
}

/** A log that writes whole lines, ending included, through `write`. An error among the fields is told by its text. */
export function createLog({ level, format, write, redact = createRedactor() }: LogOptions): Log {
  const show = format === "json" ? (line: string) => line : formatLine;
  const destination = { write: (line: string) => write(show(redact(line))) };
  // Fields get a place of their own, so that none of them can pose as the message, the level or the time.
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, nestedKey: "fields" };
  const logger = pino(options, destination);
  const at = (name: "debug" | "info" | "warn" | "error") => (message: string, fields?: LogFields) =>
    fields === undefined ? logger[name](message) : logger[name](tellErrors(fields), message);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Drops everything. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

function tellErrors(fields: LogFields): LogFields {
  if (!Object.values(fields).some(isNativeError)) return fields;
  const told = Object.entries(fields).map(([key, value]) => [
    key,
    isNativeError(value) ? describeCause(value) : value,
  ]);
  return Object.fromEntries(told);
}

const levelNames: Readonly<Record<number, string>> = { 20: "debug", 30: "", 40: "warning", 50: "error" };

function formatLine(line: string): string {
  const { level, msg, fields } = JSON.parse(line) as { level: number; msg: string; fields?: LogFields };
  const name = levelNames[level] ?? "";
  const rest = Object.entries(fields ?? {})
    .map(([key, value]) => ` ${key}=${formatValue(value)}`)
    .join("");
  return `birdwire: ${name === "" ? "" : `${name}: `}${escapeControls(msg + rest)}\n`;
}

function formatValue(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/u.test(value) ? value : JSON.stringify(value);
}

/** What a server or a post says must not steer the terminal that shows it, nor begin a line of its own. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, (control) => {
    const hex = control.charCodeAt(0).toString(16);
    return hex.length > 2 ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`;
  });
}
