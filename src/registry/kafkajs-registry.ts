/**
 * @kafkajs/confluent-schema-registry, which registers schemas and fetches them by id; nothing else of it is used.
 *
 * By itself it waits for ever, gives up at once on 429, writes the retry settings it is given into those of all its
 * instances, and loses the registry's error code. So none of its requests goes out by its own means: a middleware that
 * stands around all of its own hands each to our transport, whose time limits, repetitions, addresses, certificates
 * and credentials then hold for it too. It also keeps every schema it ever saw: each call has an instance of its own.
 */
import type { SchemaId } from "../kernel/brand.ts";
import { RegistryError } from "./error.ts";
import type { Answer, HttpRequest, RegistryHttp } from "./http.ts";

export type LibraryOutcome =
  | { readonly kind: "done"; readonly value: unknown }
  /** What the registry said to its last request, which the library took for a failure or could not hold. */
  | { readonly kind: "answered"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly error: RegistryError }
  /** It would not ask: it has views of its own on what a schema is. */
  | { readonly kind: "declined" };

export interface KafkaJsRegistry {
  /** The level must be the subject's own one already, or null when the subject has none: it is then left so. */
  register(subject: string, schemaText: string, level: string | null): Promise<LibraryOutcome>;
  /** The registry's answer for the id, whatever the library makes of the schema. */
  fetchById(id: SchemaId): Promise<LibraryOutcome>;
}

type Library = typeof import("@kafkajs/confluent-schema-registry");
type SchemaRegistry = InstanceType<Library["SchemaRegistry"]>;
type ConstructorOptions = ConstructorParameters<Library["SchemaRegistry"]>[0];
type LibraryMiddleware = NonNullable<ConstructorOptions["middlewares"]>[number];
type LibraryResponse = Awaited<ReturnType<NonNullable<ReturnType<LibraryMiddleware>["response"]>>>;

/** What the library reads of a refusal: 404 means that a subject has no level. */
class RefusedStatus extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

export function createKafkaJsRegistry(http: RegistryHttp): KafkaJsRegistry {
  /** What it asked, and what was answered, in order. */
  async function run(work: (registry: SchemaRegistry, library: Library) => Promise<unknown>) {
    const library = await loadLibrary();
    const exchanges: { readonly request: HttpRequest; readonly answer: Answer }[] = [];
    const middleware: LibraryMiddleware = () => ({
      async response(_next, _renew, sent) {
        const request = toRequest(sent);
        const answer = await http.send(request);
        exchanges.push({ request, answer });
        const data = parseText(answer.text);
        if (answer.status >= 300 || data === undefined) throw new RefusedStatus(answer.status);
        // The library reads nothing else of a response.
        return { data: () => data } as unknown as LibraryResponse;
      },
    });
    // Nothing of this host is asked, nor are there settings of retries that could leak.
    const registry = new library.SchemaRegistry({ host: "http://registry", middlewares: [middleware] });
    try {
      return { value: await work(registry, library), error: null, exchanges };
    } catch (error) {
      return { value: null, error, exchanges };
    }
  }

  return {
    async register(subject, schemaText, level) {
      const { value, error, exchanges } = await run(async (registry, { COMPATIBILITY, SchemaType }) => {
        const compatibility = Object.values(COMPATIBILITY).find((name) => name === level);
        return await registry.register(
          { type: SchemaType.AVRO, schema: schemaText },
          { subject, updateConfig: false, ...(compatibility !== undefined && { compatibility }) },
        );
      });
      if (error === null) return { kind: "done", value };
      if (error instanceof RegistryError) return { kind: "failed", error };
      // Its GET of the level was asked before; its POST counts.
      const posted = exchanges.find(({ request }) => request.method === "POST");
      return posted === undefined ? { kind: "declined" } : { kind: "answered", answer: posted.answer };
    },
    async fetchById(id) {
      const { error, exchanges } = await run((registry) => registry.getSchema(id));
      // The first answer is the schema's; those of its references follow. The library's codec may refuse what the
      // registry took: the answer counts.
      const first = exchanges[0];
      if (first !== undefined) return { kind: "answered", answer: first.answer };
      return error instanceof RegistryError ? { kind: "failed", error } : { kind: "declined" };
    },
  };
}

function toRequest(sent: { method(): string; path(): string; body(): unknown }): HttpRequest {
  const method = sent.method().toUpperCase();
  if (method !== "GET" && method !== "POST" && method !== "PUT") {
    throw new TypeError(`the library never sends ${method}`);
  }
  const body = sent.body();
  return {
    method,
    path: sent.path(),
    ...(body !== undefined && body !== null && { body: typeof body === "string" ? parseText(body) : body }),
  };
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Loaded at the first use: it takes longer than the rest of a start. */
async function loadLibrary(): Promise<Library> {
  return await import("@kafkajs/confluent-schema-registry");
}
