/**
 * From an error to an exit code and the way out. Decided on the error's class and code, never on its
 * message; the table names every code there is, so that a new one cannot be forgotten.
 */
import type { AvroErrorCode } from "../avro/error.ts";
import type { ConfigErrorCode } from "../config/load-config.ts";
import type { EmulatorErrorCode } from "../emulators/listen.ts";
import type { FilterErrorCode } from "../filter/error.ts";
import type { KafkaErrorCode } from "../kafka/error.ts";
import type { Suspicion } from "../kafka/kafkajs-sockets.ts";
import type { IdentifierErrorCode } from "../kernel/brand.ts";
import { BirdwireError } from "../kernel/error.ts";
import type { StateErrorCode } from "../kernel/state-folder.ts";
import type { TlsFailure } from "../kernel/tls.ts";
import type { OperationErrorCode } from "../operations/error.ts";
import type { PipelineErrorCode } from "../pipeline/dead-letter.ts";
import { holdsDeadLetters } from "../pipeline/letter-topic.ts";
import type { RegistryErrorCode } from "../registry/error.ts";
import type { RenderErrorCode } from "../render/error.ts";
import type { SerdeErrorCode } from "../serde/error.ts";
import type { SourceErrorCode } from "../source/error.ts";
import type { TelemetryErrorCode } from "../telemetry/error.ts";
import type { XErrorCode } from "../x/error.ts";
import { markPosition } from "./mark-position.ts";
import type { OutputErrorCode } from "./output-error.ts";
import type { UsageErrorCode } from "./usage-error.ts";

export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  schema: 3,
  unreachable: 4,
  refused: 5,
  budget: 6,
  deadLetters: 7,
} as const;

const protocolHint =
  "--kafka-tls or BIRDWIRE_KAFKA_TLS switches TLS on, --no-kafka-tls off; a broker has a port for each protocol";
const clientCertificateHint =
  "--kafka-cert and --kafka-key name the PEM files of a client certificate and its key";

interface Outcome {
  readonly exit: number;
  /** What to do, said after the message. */
  readonly hint?: string | Hint;
}

/** Chosen by the details of the error. */
type Hint = (details: BirdwireError["details"]) => string | undefined;

type Outcomes<Code extends string> = Readonly<Record<Code, Outcome>>;

const unexpected: Outcome = { exit: exitCodes.unexpected };
const usage: Outcome = { exit: exitCodes.usage };
const schema: Outcome = { exit: exitCodes.schema };
const unreachable: Outcome = { exit: exitCodes.unreachable };
const refused: Outcome = { exit: exitCodes.refused };
const budget: Outcome = { exit: exitCodes.budget };

const noBroker: Outcome = {
  ...unreachable,
  hint: ({ suspicion }) => {
    switch (suspicion as Suspicion | undefined) {
      case "wants-client-certificate":
        return clientCertificateHint;
      case "wants-tls":
      case "wants-plain-tcp":
        return protocolHint;
      default:
        return "`birdwire up` starts a local one; --brokers or BIRDWIRE_BROKERS names another";
    }
  },
};
const noRegistry: Outcome = {
  ...unreachable,
  hint: "`birdwire up` starts a local one; --registry or BIRDWIRE_REGISTRY_URL names another",
};
const noX: Outcome = {
  ...unreachable,
  hint: "`birdwire up` starts a local one; --x-url or BIRDWIRE_X_URL names another",
};
const badToken: Outcome = {
  ...refused,
  hint: "look at the token in X_BEARER_TOKEN or X_BEARER_TOKEN_FILE, and at the access of its app",
};
const badSchema: Outcome = {
  ...schema,
  hint: "`birdwire schemas register` registers the schemas of a folder",
};

/** By how TLS failed, which the error's details tell. */
function trustHint(server: "kafka" | "registry"): Hint {
  const address = server === "kafka" ? "--brokers" : "--registry";
  return ({ tls }) => {
    switch (tls as TlsFailure | undefined) {
      case "expired":
        return "whoever runs that server has to renew its certificate, unless the clock of this machine is wrong";
      case "wrong-host":
        return `${address} has to name the server as its certificate does`;
      case "unknown-authority":
        return `--${server}-ca or BIRDWIRE_${server.toUpperCase()}_CA names the PEM file of a private authority`;
      case "not-tls":
        return `${address} takes http:// for a server that does not speak TLS`;
      default:
        return undefined;
    }
  };
}

const kafkaLoginHint: Hint = ({ tls, suspicion, kafkaError }) => {
  const isCertificate = tls === "client-certificate" || suspicion === "refuses-client-certificate";
  if (isCertificate) return clientCertificateHint;
  if (kafkaError === "ILLEGAL_SASL_STATE") {
    return "nobody logs in at that port: leave out --kafka-username, or name the port that asks for it";
  }
  return "look at --kafka-sasl-mechanism, --kafka-username and the password in BIRDWIRE_KAFKA_PASSWORD[_FILE]";
};

const registryLoginHint: Hint = ({ tls }) =>
  tls === "client-certificate"
    ? "--registry-cert and --registry-key name the PEM files of a client certificate and its key"
    : "look at --registry-username and BIRDWIRE_REGISTRY_PASSWORD[_FILE], or at BIRDWIRE_REGISTRY_TOKEN[_FILE]";

const usageOutcomes: Outcomes<UsageErrorCode> = { usage };
const configOutcomes: Outcomes<ConfigErrorCode> = {
  "invalid-config": usage,
  "unreadable-config": usage,
  "missing-secret": usage,
  "invalid-rules": usage,
};
const badState: Outcome = { ...usage, hint: "--state or BIRDWIRE_STATE names another folder" };
const stateOutcomes: Outcomes<StateErrorCode> = {
  "unwritable-state": badState,
  "unreadable-state": badState,
};
const emulatorOutcomes: Outcomes<EmulatorErrorCode> = {
  "port-in-use": usage,
  "cannot-listen": usage,
  "invalid-option": usage,
  "unreadable-replay": usage,
  "unreadable-registry-data": usage,
  "unwritable-registry-data": usage,
};
const sourceOutcomes: Outcomes<SourceErrorCode> = {
  "replay-not-found": usage,
  "unreadable-replay": usage,
  "recording-exists": { ...usage, hint: "name another file: several can be put together with `cat`" },
  "unwritable-recording": usage,
};
const identifierOutcomes: Outcomes<IdentifierErrorCode> = { "invalid-identifier": usage };
const avroOutcomes: Outcomes<AvroErrorCode> = {
  "not-json": usage,
  "invalid-schema": usage,
  "invalid-value": unexpected,
  "unpaired-surrogate": unexpected,
  truncated: unexpected,
  "trailing-bytes": unexpected,
  corrupt: unexpected,
  "long-out-of-range": unexpected,
  "cannot-resolve": schema,
};
const kafkaOutcomes: Outcomes<KafkaErrorCode> = {
  "broker-unreachable": noBroker,
  "broker-unavailable": unreachable,
  "invalid-address": usage,
  "unknown-topic": { ...usage, hint: "--topic names another topic" },
  "invalid-topic": usage,
  "record-too-large": unexpected,
  "invalid-record": unexpected,
  "broker-untrusted": { ...unreachable, hint: trustHint("kafka") },
  "protocol-mismatch": {
    ...unreachable,
    hint: protocolHint,
  },
  "authentication-failed": { ...refused, hint: kafkaLoginHint },
  "authorization-failed": refused,
  "not-enough-replicas": unreachable,
  "rebalance-in-progress": unexpected,
  "group-active": { ...usage, hint: "end its members first: only a group that nobody reads can be moved" },
  unsupported: unexpected,
  "consumer-crashed": unexpected,
  closed: unexpected,
  "kafka-failed": unexpected,
};
const registryOutcomes: Outcomes<RegistryErrorCode> = {
  "invalid-registry-address": usage,
  "registry-unreachable": noRegistry,
  "registry-untrusted": { ...unreachable, hint: trustHint("registry") },
  "registry-timeout": noRegistry,
  "registry-unauthorized": { ...refused, hint: registryLoginHint },
  "registry-forbidden": { ...refused, hint: "another user or token may have the right: --registry-username" },
  "incompatible-schema": schema,
  "invalid-schema": schema,
  "registry-failed": unreachable,
  "registry-refused": schema,
  "unexpected-answer": { ...unreachable, hint: "is that the address of a Schema Registry?" },
};
const serdeOutcomes: Outcomes<SerdeErrorCode> = {
  "schema-not-registered": badSchema,
  "latest-incompatible": {
    ...schema,
    hint: "whoever may register under that subject has to register a version that fits",
  },
  "unreadable-versions": {
    ...schema,
    hint: "--reader reads with another schema; --on-error skip, or dead-letter with --group, reads the other versions",
  },
  "no-reader": { ...schema, hint: "`birdwire schemas versions` lists what the subject has" },
};
const xOutcomes: Outcomes<XErrorCode> = {
  "x-invalid-url": usage,
  "x-unreachable": noX,
  "x-untrusted": unreachable,
  "x-timeout": noX,
  "x-unauthorized": badToken,
  "x-forbidden": badToken,
  "x-credits-depleted": { ...budget, hint: "top up the credits of the X developer account" },
  "x-usage-capped": {
    ...budget,
    hint: "the cap is lifted when X's billing period ends, or by a larger plan",
  },
  "x-rate-limited": unreachable,
  "x-unavailable": unreachable,
  "x-invalid-request": usage,
  "x-no-rules": {
    ...usage,
    hint: "name at least one with --rule TAG=VALUE, or a file of them with --rules FILE",
  },
  "x-invalid-rule": { ...usage, hint: ruleHint },
  "x-rule-cap": usage,
  "x-unexpected-answer": { ...unreachable, hint: "is --x-url or BIRDWIRE_X_URL the address of X's API?" },
};
const telemetryOutcomes: Outcomes<TelemetryErrorCode> = {
  "http-port-in-use": {
    ...usage,
    hint: "--http 0 takes a free port and logs it; BIRDWIRE_HTTP names another",
  },
  "http-cannot-listen": { ...usage, hint: "--http-host takes an address of this machine, or 0.0.0.0" },
};
const filterOutcomes: Outcomes<FilterErrorCode> = { "invalid-filter": { ...usage, hint: placeHint } };
const renderOutcomes: Outcomes<RenderErrorCode> = {
  "invalid-schema": usage,
  "invalid-template": { ...usage, hint: placeHint },
  "value-mismatch": unexpected,
};
const pipelineOutcomes: Outcomes<PipelineErrorCode> = {
  "dead-letter-unencodable": unexpected,
  "undecodable-record": {
    exit: exitCodes.deadLetters,
    hint: ({ topic, partition, offset }) =>
      typeof topic === "string" && holdsDeadLetters(topic)
        ? `--on-error skip passes it over; birdwire dlq show ${partition}:${offset} --topic ${topic} shows it`
        : "--on-error skip passes it over, and dead-letter with --group keeps it first",
  },
  "unencodable-line": {
    exit: exitCodes.deadLetters,
    hint: "what stands before it was sent; without --on-error fail such a line becomes a dead letter, and the others go on",
  },
  "not-drained": unreachable,
  "budget-spent": { ...budget, hint: "--budget or BIRDWIRE_BUDGET sets another one" },
  "spend-taken-over": {
    ...usage,
    hint: "one producer reads with one token; another one needs its own --state, and then its own budget",
  },
};
const operationOutcomes: Outcomes<OperationErrorCode> = {
  "no-such-letter": { ...usage, hint: "`birdwire dlq list` shows them" },
  "no-such-group": { ...usage, hint: "--group names another group, --topic another topic" },
  "no-such-partition": usage,
  "no-position": { ...usage, hint: "--to earliest, latest, a time or an offset gives it one" },
  "still-there": unreachable,
};
const outputOutcomes: Outcomes<OutputErrorCode> = {
  "output-gone": { exit: exitCodes.ok },
  "output-failed": unexpected,
};

const byClass: Readonly<Record<string, Outcomes<string>>> = {
  UsageError: usageOutcomes,
  ConfigError: configOutcomes,
  StateError: stateOutcomes,
  EmulatorError: emulatorOutcomes,
  SourceError: sourceOutcomes,
  IdentifierError: identifierOutcomes,
  AvroError: avroOutcomes,
  KafkaError: kafkaOutcomes,
  RegistryError: registryOutcomes,
  SerdeError: serdeOutcomes,
  XError: xOutcomes,
  FilterError: filterOutcomes,
  RenderError: renderOutcomes,
  TelemetryError: telemetryOutcomes,
  PipelineError: pipelineOutcomes,
  OperationError: operationOutcomes,
  OutputError: outputOutcomes,
};

function outcomeOf(error: unknown): Outcome | undefined {
  return error instanceof BirdwireError ? byClass[error.name]?.[error.code] : undefined;
}

/** True for an error that the table knows, and so no defect. */
export function isExpected(error: unknown): boolean {
  return outcomeOf(error) !== undefined;
}

/** What to do about it, where there is something to say. */
export function hintOf(error: unknown): string | undefined {
  const hint = outcomeOf(error)?.hint;
  if (typeof hint !== "function") return hint;
  return error instanceof BirdwireError ? hint(error.details) : undefined;
}

export function exitCodeOf(error: unknown): number {
  return outcomeOf(error)?.exit ?? exitCodes.unexpected;
}

/** What was typed with a caret under the place that is wrong. */
function placeHint({ text, position }: BirdwireError["details"]): string | undefined {
  if (typeof text !== "string" || typeof position !== "number") return undefined;
  return markPosition(text, position).replaceAll("\n", "\n  ");
}

/** The rule with a caret under each place that X names. */
function ruleHint({ value, problems }: BirdwireError["details"]): string | undefined {
  if (typeof value !== "string" || !Array.isArray(problems)) return undefined;
  const places = problems.flatMap(({ position }: { position?: unknown }) =>
    typeof position === "number" ? markPosition(value, position).split("\n") : [],
  );
  return places.length === 0 ? undefined : places.join("\n  ");
}
