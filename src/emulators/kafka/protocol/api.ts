/**
 * One API of the broker as data: its key, the versions served, its messages, and what answers it. The list of
 * these is the broker's coverage: the router reads it, and ApiVersions answers from it.
 */
import type { Broker } from "../broker.ts";
import type { SaslSession } from "../sasl/session.ts";
import { createMessageCodec, type MessageCodec } from "./codec.ts";
import type { Draft, Fields, Message } from "./field.ts";

export interface RequestContext {
  readonly broker: Broker;
  readonly version: number;
  readonly clientId: string;
  /** Null on a listener where nobody logs in. */
  readonly sasl: SaslSession | null;
  /** Address of the client. */
  readonly clientHost: string;
  /** Calls back once when the client's connection ends; the returned function takes it back. */
  onDisconnect(callback: () => void): () => void;
}

/** What a handler returns when the protocol wants no answer (Produce with acks 0). */
export const noResponse = Symbol("no response");
/** The same, and the connection is to be closed, which is how such a client learns of a failure. */
export const closeConnection = Symbol("close the connection");

export type Answer<F extends Fields> = Draft<F> | typeof noResponse | typeof closeConnection;

/** A request that was decoded and not yet handled. */
export interface Call {
  readonly api: Api;
  readonly version: number;
  readonly request: Message<Fields>;
  readonly context: RequestContext;
}

/**
 * Stands between the router and an API's handler, for tests that count what was asked or play a defect. `next`
 * lets the handler answer; what is returned goes to the client.
 */
export type Interceptor = (
  call: Call,
  next: () => Answer<Fields> | Promise<Answer<Fields>>,
) => Answer<Fields> | Promise<Answer<Fields>>;

export interface ApiDefinition<Request extends Fields, Response extends Fields> {
  readonly key: number;
  readonly name: string;
  /** First and last version that ApiVersions advertises. */
  readonly versions: readonly [min: number, max: number];
  /** First version in the flexible form of KIP-482; Infinity when there is none. */
  readonly flexibleSince: number;
  readonly request: Request;
  readonly response: Response;
  /** Synchronous where it can be, so that the common case costs no turn of the event loop. */
  handle(request: Message<Request>, context: RequestContext): Answer<Response> | Promise<Answer<Response>>;
}

/** One version of an API, types erased. */
export interface ApiVersion {
  readonly flexible: boolean;
  readonly request: MessageCodec<Fields>;
  readonly response: MessageCodec<Fields>;
}

export interface Api {
  readonly key: number;
  readonly name: string;
  readonly versions: readonly [min: number, max: number];
  /** Codecs of a served version, made on first use; null for a version that is not served. */
  version(version: number): ApiVersion | null;
  handle(request: Message<Fields>, context: RequestContext): Answer<Fields> | Promise<Answer<Fields>>;
}

/** An API whose messages are known to the compiler: for whoever speaks to it as a client. */
export interface TypedApi<Request extends Fields, Response extends Fields> extends Api {
  readonly messages: { readonly request: Request; readonly response: Response };
}

/** Checks the types of a definition against each other, then erases them. */
export function defineApi<Request extends Fields, Response extends Fields>(
  definition: ApiDefinition<Request, Response>,
): TypedApi<Request, Response> {
  const made: ApiVersion[] = [];
  const [min, max] = definition.versions;
  return {
    key: definition.key,
    name: definition.name,
    versions: definition.versions,
    messages: { request: definition.request, response: definition.response },
    version(version) {
      if (version < min || version > max) return null;
      const known = made[version];
      if (known !== undefined) return known;
      const flexible = version >= definition.flexibleSince;
      const fresh: ApiVersion = {
        flexible,
        request: createMessageCodec<Fields>(definition.request, version, flexible),
        response: createMessageCodec<Fields>(definition.response, version, flexible),
      };
      made[version] = fresh;
      return fresh;
    },
    handle: (request, context) => definition.handle(request as Message<Request>, context) as Answer<Fields>,
  };
}
