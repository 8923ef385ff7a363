/**
 * The log: lines for people or JSON for machines, on stderr alone. Rooms take a Log and never a stream.
 */
import { pino } from "pino";

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** `text`: one line for people; `json`: one object a line. */
  readonly format: "text" | "json";
  readonly write: (line: string) => void;
}

/** A log that writes whole lines, ending included, through `write`. */
export function createLog({ level, format, write }: LogOptions): Log {
  const destination = { write: format === "json" ? write : (line: string) => write(formatLine(line)) };
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const at = (name: "debug" | "info" | "warn" | "error") => (message: string, fields?: LogFields) =>
    fields === undefined ? logger[name](message) : logger[name](fields, message);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Drops everything. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

const levelNames: Readonly<Record<number, string>> = { 20: "debug", 30: "", 40: "warning", 50: "error" };

function formatLine(line: string): string {
  const {
    level,
    time: _time,
    msg,
    ...fields
  } = JSON.parse(line) as { level: number; time: string; msg: string };
  const name = levelNames[level] ?? "";
  const rest = Object.entries(fields)
    .map(([key, value]) => ` ${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("");
  return `birdwire: ${name === "" ? "" : `${name}: `}${msg}${rest}\n`;
}
