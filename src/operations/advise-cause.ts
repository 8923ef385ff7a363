/**
 * What would help letters of one cause: the command that sends them, or what has to change before one can.
 */
import type { JsonLine } from "../generated/dead-letter.ts";
import type { CauseGroup } from "./explain-letters.ts";
import { unreadableStage } from "./list-letters.ts";
import { printPlace } from "./receipt.ts";
import type { LeftType } from "./redrive.ts";

export interface AdviceOptions {
  /** Flags that a command on these letters needs, with a space before each: ` --topic orders`; empty for none. */
  readonly topicFlags: string;
  /** Those of the reader that the letters were proved with. */
  readonly readerFlags: string;
}

/** A sentence, or a command to run. */
export function adviseOn(group: CauseGroup, options: AdviceOptions): string {
  const { stage, reason, outcomes, failure, states } = group;
  if (stage === unreadableStage) {
    return "this is no dead letter: something else wrote it to the topic, and a redrive passes it over";
  }
  if ((states.get("open") ?? 0) === 0) return "nothing: they are dealt with";
  const chosen = `--stage ${quoteWord(stage)} --reason ${quoteWord(reason)}`;
  const left = failure?.left;
  const readerFlags = left === undefined ? options.readerFlags : flagsOfType(left);
  const redrive = `birdwire dlq redrive ${chosen}${options.topicFlags}${readerFlags}`;
  if (left !== undefined) return redrive;
  if (failure === null) return redrive;
  const mends = [...outcomes.keys()].some((kind) => kind !== "fails");
  const advice = adviseOnFailure(group, failure.reason, options);
  return mends ? `${redrive} deals with some; for the others: ${advice}` : advice;
}

/** What a redrive has to name so that it reads records of that type, with a space before each flag. */
export function flagsOfType({ subject, version }: LeftType): string {
  if (subject === null) return " --reader FILE";
  return `${version === null ? "" : ` --reader ${version}`} --subject ${quoteWord(subject)}`;
}

function adviseOnFailure(group: CauseGroup, reason: string, options: AdviceOptions): string {
  const show = `birdwire dlq show ${printPlace(group.example)}${options.topicFlags}`;
  switch (reason) {
    case "incompatible":
      return adviseOnIncompatible(group, options);
    case "unknown-schema-id":
      return "register the writer's schema under that id (import mode keeps ids), or name the registry that it was registered in with --registry; then redrive";
    case "not-avro":
      return "its schema is none that Avro reads: have the producer write Avro, or read these records with a consumer of that type";
    case "bad-magic":
    case "short-frame":
      return `its producer does not frame values with a schema id: give it the registry's serializer; ${show} shows the bytes`;
    case "truncated":
    case "trailing-bytes":
    case "corrupt":
      return `its bytes are not what the schema it names writes: look at the producer, and at ${show}; no reader can mend them`;
    case "no-schema":
      return adviseOnSchema(group);
    case "other-topic":
      return `they are redriven with --topic ${quoteWord(group.topic ?? "")} once they stand in its own topic of dead letters`;
    case "record-too-large":
      return "raise max.message.bytes of the topic, then redrive";
    default:
      return adviseOnPost(group, show);
  }
}

function adviseOnSchema({ line, failure }: CauseGroup): string {
  if (line === null) return failure?.message ?? "";
  const what = line.record ?? "its schema";
  return `register ${what} under subject ${line.subject} (birdwire schemas register, or birdwire produce --from-json with --schema); then redrive`;
}

function adviseOnLine(line: JsonLine, show: string): string {
  const { topic, subject, encoding, key_field: field, key_separator: separator, headers } = line;
  const flags = [
    ...["--topic", topic],
    ...(subject === `${topic}-value` ? [] : ["--subject", subject]),
    ...(encoding === "avro" ? ["--json-encoding", "avro"] : []),
    ...(separator === null ? ["--key", field ?? ""] : ["--key-separator", separator]),
    ...headers.flatMap(({ key, value }) => ["--header", `${key}=${value ?? ""}`]),
  ];
  const send = `birdwire produce --from-json FILE ${flags.map(quoteWord).join(" ")}`;
  return `mend what ${show} --raw prints and send it with ${send}; or register a version that takes it, then redrive`;
}

function adviseOnPost({ stage, line }: CauseGroup, show: string): string {
  if (line !== null) return adviseOnLine(line, show);
  const mend = `mend what ${show} --raw prints and send it with birdwire produce --replay FILE`;
  return stage === "map"
    ? `${mend}; if X writes posts this way by now, a newer Birdwire may take them`
    : mend;
}

function adviseOnIncompatible({ writer }: CauseGroup, { topicFlags }: AdviceOptions): string {
  const heed = "mend the reader's schema as the findings say";
  if (writer === null || writer.version === null || writer.subject === null) return `${heed}, then redrive`;
  const flags = `--reader ${writer.version} --subject ${quoteWord(writer.subject)}`;
  return `${heed}, or read with the version that wrote them: birdwire consume and birdwire dlq redrive take ${flags}${topicFlags}`;
}

/** As a shell takes it for one word: letters and names of subjects come from elsewhere, and commands are pasted. */
export function quoteWord(text: string): string {
  return /^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
