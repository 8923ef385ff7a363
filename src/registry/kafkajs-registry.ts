/**
 * @kafkajs/confluent-schema-registry, which registers schemas and fetches them by id; nothing else of it is used.
 *
 * It keeps every schema it ever saw, waits for ever, and loses the registry's error code. So each call has an
 * instance of its own and a time limit, and a failure only says "failed": the caller asks again to learn why.
 */
import type { Agent } from "node:https";
import type { SchemaId } from "../kernel/brand.ts";

export interface KafkaJsRegistryOptions {
  readonly url: string;
  readonly clientId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of https; Node's own without one. */
  readonly agent: Agent | undefined;
  readonly timeoutMs: number;
}

export type LibraryOutcome<Value> =
  | { readonly kind: "done"; readonly value: Value }
  | { readonly kind: "timed-out"; readonly cause: unknown }
  | { readonly kind: "failed"; readonly cause: unknown };

export interface KafkaJsRegistry {
  /** The level must be the subject's own one already, or null when the subject has none: it is then left so. */
  register(subject: string, schemaText: string, level: string | null): Promise<LibraryOutcome<unknown>>;
  /** The JSON that the registry answered for the id, whatever the library makes of the schema. */
  fetchById(id: SchemaId): Promise<LibraryOutcome<unknown>>;
}

type Library = typeof import("@kafkajs/confluent-schema-registry");
type SchemaRegistry = InstanceType<Library["SchemaRegistry"]>;
type ConstructorOptions = ConstructorParameters<Library["SchemaRegistry"]>[0];
type LibraryMiddleware = NonNullable<ConstructorOptions["middlewares"]>[number];

/**
 * All of the library's retry settings at their defaults: it writes what it is given into settings that all its
 * instances share.
 */
const retry = { maxRetryTimeInSecs: 5, initialRetryTimeInSecs: 0.1, factor: 0.2, multiplier: 2, retries: 3 };

export function createKafkaJsRegistry(options: KafkaJsRegistryOptions): KafkaJsRegistry {
  const { url, clientId, headers, agent, timeoutMs } = options;

  async function run<Value>(
    work: (registry: SchemaRegistry, library: Library) => Promise<Value>,
    onAnswer: (rawData: unknown) => void = () => {},
  ): Promise<LibraryOutcome<Value>> {
    const library = await loadLibrary();
    const signal = AbortSignal.timeout(timeoutMs);
    const middleware: LibraryMiddleware = () => ({
      request: async (request) => request.enhance({ headers: { ...headers }, signal }),
      response: async (next) => {
        const response = await next();
        onAnswer(response.rawData());
        return response;
      },
    });
    const registry = new library.SchemaRegistry({
      host: url,
      clientId,
      retry,
      middlewares: [middleware],
      ...(agent !== undefined && { agent }),
    });
    // Retries may outlive the signal: their waits do not listen to it.
    const expired = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    try {
      return { kind: "done", value: await Promise.race([work(registry, library), expired]) };
    } catch (cause) {
      return { kind: signal.aborted ? "timed-out" : "failed", cause };
    }
  }

  return {
    register: (subject, schemaText, level) =>
      run(async (registry, { COMPATIBILITY, SchemaType }) => {
        const compatibility = Object.values(COMPATIBILITY).find((name) => name === level);
        const { id } = await registry.register(
          { type: SchemaType.AVRO, schema: schemaText },
          { subject, updateConfig: false, ...(compatibility !== undefined && { compatibility }) },
        );
        return id;
      }),
    async fetchById(id) {
      // The first answer is the schema's; those of its references follow.
      const answers: unknown[] = [];
      const outcome = await run(
        async (registry) => {
          await registry.getSchema(id);
          return answers[0];
        },
        (rawData) => answers.push(rawData),
      );
      // The registry takes schemas that the library's codec refuses: the answer counts.
      return outcome.kind === "failed" && answers.length > 0 ? { kind: "done", value: answers[0] } : outcome;
    },
  };
}

/** Loaded at the first use: it takes longer than the rest of a start. */
async function loadLibrary(): Promise<Library> {
  return await import("@kafkajs/confluent-schema-registry");
}
