/**
 * `birdwire doctor`: is everything there that a run needs, and as it should be?
 */
import { readSecret } from "../../config/secret.ts";
import { kafkaSettings, registrySettings } from "../../config/settings.ts";
import { findStatePath } from "../../config/state-path.ts";
import { parseTopicName } from "../../kernel/brand.ts";
import { describeCause } from "../../kernel/error.ts";
import type { Finding } from "../../operations/doctor/finding.ts";
import type { Check } from "../../operations/doctor/run-checks.ts";
import { neutralize } from "../../render/neutralize.ts";
import { createXCheck } from "../check-x.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { findCompactionFault } from "../ensure-topics.ts";
import { exitCodeOf, exitCodes, hintOf } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { subjectSettings } from "../open-clients.ts";
import { parseDurationOption, UsageError } from "../usage-error.ts";

export const doctorCommand = defineCommand({
  name: "doctor",
  describe: "check X, the brokers, the registry and this machine, and say what to do",
  settings: [...kafkaSettings, ...registrySettings, "xUrl", "topic", "clientId", "state"],
  options: {
    format: { choices: ["text", "json"], default: "text", describe: "text for people, json for programs" },
    timeout: {
      type: "string",
      default: "10s",
      requiresArg: true,
      describe: "how long each check may take; they are done at the same time",
    },
    "skip-x": { type: "boolean", default: false, describe: "leave X alone, as `produce --replay` does" },
  },
  examples: [
    ["doctor", "one line for each thing that was looked at: ok, warn or fail, and the remedy"],
    [
      "doctor --format json --timeout 3s",
      "the same for a program; the exit code is that of the worst failure",
    ],
  ],
  async run(context, args) {
    const { host } = context;
    const limitMs = parseDurationOption("timeout", args.timeout);
    if (limitMs === 0) throw new UsageError("usage", "--timeout 0 leaves no time to look");
    const { exitCodeOfFindings, runChecks } = await import("../../operations/doctor/run-checks.ts");
    const checks = [
      ...(args["skip-x"] ? [] : [openXCheck(context)]),
      await openBrokerCheck(context, limitMs),
      await openRegistryCheck(context, limitMs),
      openStateCheck(context),
    ];
    const findings = await runChecks(checks, {
      clock: host.clock,
      limitMs,
      signal: host.interruption(),
      lateExitCode: exitCodes.unreachable,
      explain: (error) => ({
        message: describeCause(error),
        exitCode: exitCodeOf(error),
        remedy: hintOf(error),
      }),
    });
    const exitCode = exitCodeOfFindings(findings);
    const text =
      args.format === "json"
        ? `${JSON.stringify({ ok: exitCode === 0, exitCode, findings })}\n`
        : printFindings(findings);
    await writeAll(host.stdout, text);
    return exitCode;
  },
});

function printFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const counts = (["fail", "warn", "ok"] as const).map(
    (status) => `${findings.filter((finding) => finding.status === status).length} ${status}`,
  );
  const lines = findings.map(({ check, status, message, remedy }) =>
    neutralize(
      `${status.padEnd(4)}  ${check.padEnd(width)}  ${message}${remedy === undefined ? "" : ` -> ${remedy}`}`,
    ),
  );
  return `${[...lines, counts.join(", ")].join("\n")}\n`;
}

function openXCheck({ host, config }: CommandContext): Check {
  return createXCheck({
    url: config.xUrl,
    nowMs: () => host.clock.now(),
    readToken: () => readSecret(host.env, "X_BEARER_TOKEN"),
  });
}

async function openBrokerCheck({ config, security, log }: CommandContext, limitMs: number): Promise<Check> {
  const { createBrokerCheck } = await import("../../operations/doctor/check-brokers.ts");
  const { brokers, clientId } = config;
  return createBrokerCheck({
    async openKafka() {
      const { createKafkaJsClient } = await import("../../kafka/kafkajs.ts");
      return createKafkaJsClient({
        brokers,
        clientId,
        ...security.kafka,
        log,
        // Sooner than the check is over, so that it can say what is wrong.
        connectTimeoutMs: limitMs * 0.8,
        requestTimeoutMs: limitMs * 0.8,
        closeTimeoutMs: Math.min(1000, limitMs),
      });
    },
    brokers,
    topic: parseTopicName(config.topic),
    deadLetterTopic: parseTopicName(`${config.topic}.dlq`),
    findCompactionFault,
    unreachableExitCode: exitCodes.unreachable,
  });
}

async function openRegistryCheck({ config, security, log }: CommandContext, limitMs: number): Promise<Check> {
  const [{ createRegistryCheck }, { createRegistryClient }, { createRegistryAdministration }] =
    await Promise.all([
      import("../../operations/doctor/check-registry.ts"),
      import("../../registry/client.ts"),
      import("../../registry/administration.ts"),
    ]);
  const [{ TweetSchema }, { DeadLetterSchema }] = await Promise.all([
    import("../../generated/tweet.ts"),
    import("../../generated/dead-letter.ts"),
  ]);
  const connection = {
    url: config.registry,
    clientId: config.clientId,
    ...security.registry,
    log,
    timeoutMs: limitMs * 0.7,
    totalMs: limitMs * 0.8,
    maxRetries: 1,
  };
  return createRegistryCheck({
    client: createRegistryClient(connection),
    administration: createRegistryAdministration(connection),
    subjects: [
      { topic: parseTopicName(config.topic), record: "tweet", schema: TweetSchema },
      { topic: parseTopicName(`${config.topic}.dlq`), record: "dead-letter", schema: DeadLetterSchema },
    ].map(({ topic, record, schema }) => {
      const { subject, level } = subjectSettings(topic, record);
      return { subject, level: level.toUpperCase(), schemaText: schema.json, version: schema.version };
    }),
    schemaExitCode: exitCodes.schema,
  });
}

function openStateCheck({ host, config }: CommandContext): Check {
  return {
    name: "state folder",
    async run(findings) {
      const { openStateFolder } = await import("../../kernel/state-folder.ts");
      const { path } = await openStateFolder(findStatePath(config, host.env, host.cwd));
      findings.ok("state folder", `${path} can be written to`);
    },
  };
}
