/**
 * The one place that knows twitter-api-v2: auth, REST calls, connecting and the errors of a refused connect.
 *
 * The library's own stream reading loses and corrupts posts, so as soon as it is connected its request and response
 * are taken away from it and it is left with an empty stream. That touches `protected` members of version 1.29.1,
 * here and nowhere else.
 */
import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import { PassThrough, type Readable } from "node:stream";
import type {
  ApiPartialResponseError,
  ApiResponseError,
  ITwitterApiClientPlugin,
  TweetStream,
} from "twitter-api-v2";
import type { Clock } from "../kernel/clock.ts";
import { type ConnectBudget, readBudget, readDateMs, readTimes } from "./answer-times.ts";
import { type Outcome, type RequestWatch, withinBounds } from "./bounded-request.ts";
import { XError } from "./error.ts";
import { defaultXUrl, streamPath } from "./facts.ts";
import type { XFailure } from "./failure.ts";
import { readProblem } from "./problem.ts";

export interface XApiOptions {
  /** `https://api.x.com` by default; an http or https base, with or without a path before `/2`. */
  readonly url?: string;
  readonly token: string;
  readonly clock: Clock;
}

export type XQuery = Readonly<Record<string, string>>;

export interface XCall {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below `/2/`, for example `tweets/search/stream/rules`. */
  readonly path: string;
  readonly query?: XQuery;
  readonly body?: Readonly<Record<string, unknown>>;
  /** From the call to the end of the answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export type XAnswer =
  | { readonly kind: "ok"; readonly body: unknown }
  | { readonly kind: "failed"; readonly failure: XFailure };

export interface XConnect {
  readonly query: XQuery;
  readonly compression: boolean;
  /** From the call to the end of the answer's head. */
  readonly headerDeadlineMs: number;
  readonly signal: AbortSignal;
}

/** An open stream that nobody reads yet. */
export interface XConnection {
  readonly response: IncomingMessage;
  /** The bytes after decompression: `response` itself when there is none, otherwise what it is piped into. */
  readonly body: Readable;
  /** Between which moments of X's clock it was opened. */
  readonly openedAt: { readonly fromMs: number; readonly toMs: number };
  /** What X's rate window has left for connects; null when it does not say. */
  readonly budget: ConnectBudget | null;
  /** Says that we are done: the peer may end its side once it has sent what it wrote. Reading goes on. */
  halfClose(): void;
  /** Ends request, response and socket at once; never throws, and nothing emits an unheard error afterwards. */
  close(): void;
}

export type XConnected =
  | { readonly kind: "connected"; readonly connection: XConnection }
  | { readonly kind: "failed"; readonly failure: XFailure };

export interface XApi {
  /** X's address without credentials, for messages. */
  readonly url: string;
  /** One REST call on a connection of its own. */
  call(call: XCall): Promise<XAnswer>;
  /** One connect of the filtered stream on a connection of its own. */
  connect(connect: XConnect): Promise<XConnected>;
}

/**
 * With a mark of one byte Node stops reading a socket as soon as nobody takes what came, and so does not hear of an
 * abort, which would throw away what waits in the socket. Nothing is slower while somebody takes it.
 */
const agentOptions = { keepAlive: false, highWaterMark: 1 };

const loadLibrary = () => import("twitter-api-v2");
type Library = Awaited<ReturnType<typeof loadLibrary>>;

/** Loads the library at the first call. Throws XError `x-invalid-url`. */
export function createXApi({ url = defaultXUrl, token, clock }: XApiOptions): XApi {
  const base = parseBase(url);
  const prefix = `${base.href}/2/`;

  const open = async (plugin?: ITwitterApiClientPlugin) => {
    const library = await loadLibrary();
    // The library calls https.request whatever the URL; an http.Agent is what makes it speak plain HTTP.
    const agent = new (base.protocol === "http:" ? http : https).Agent(agentOptions);
    const plugins = plugin === undefined ? [] : [plugin];
    return { library, agent, client: new library.TwitterApi(token, { httpAgent: agent, plugins }).v2 };
  };
  const toFailure = (library: Library, outcome: Exclude<Outcome<unknown>, { kind: "done" }>): XFailure => {
    switch (outcome.kind) {
      case "thrown":
        return readFailure(library, outcome.error, clock);
      case "refused": {
        const { statusCode = 0, headers } = outcome.response;
        return toHttpFailure(statusCode, parseOrNull(outcome.text), headers, clock);
      }
      case "timeout":
      case "aborted":
        return outcome;
    }
  };

  return {
    url: base.href,
    async call({ method, path, query = {}, body = {}, timeoutMs, signal }) {
      const { library, agent, client } = await open(method === "DELETE" ? writeBody(body) : undefined);
      const work = (requestEventDebugHandler: RequestWatch): Promise<unknown> => {
        const options = {
          prefix,
          enableRateLimitSave: false,
          forceBodyMode: "json",
          requestEventDebugHandler,
        } as const;
        switch (method) {
          case "GET":
            return client.get(path, { ...query }, options);
          case "POST":
            return client.post(path, { ...body }, { ...options, query: { ...query } });
          case "DELETE":
            return client.delete(path, { ...query }, options);
        }
      };
      const outcome = await withinBounds(work, { agent, clock, deadlineMs: timeoutMs, signal });
      if (outcome.kind === "done") return { kind: "ok", body: outcome.value };
      return { kind: "failed", failure: toFailure(library, outcome) };
    },
    async connect({ query, compression, headerDeadlineMs, signal }) {
      const { library, agent, client } = await open();
      const work = async (watch: RequestWatch) => {
        const stream = client.getStream(
          streamPath,
          { ...query },
          {
            prefix,
            autoConnect: false,
            enableRateLimitSave: false,
            compression: compression ? "gzip" : "identity",
          },
        );
        watchRequest(stream, watch);
        let taken: Taken | undefined;
        stream.on(library.ETwitterStreamEvent.Connected, () => {
          taken = takeOver(stream);
        });
        await stream.connect({ autoReconnect: false, keepAliveTimeout: "disable" });
        if (taken === undefined) throw new Error("twitter-api-v2 connected without saying so");
        return taken;
      };
      const beganMs = clock.now();
      const outcome = await withinBounds(work, { agent, clock, deadlineMs: headerDeadlineMs, signal });
      if (outcome.kind !== "done") return { kind: "failed", failure: toFailure(library, outcome) };
      const { request, response, body } = outcome.value;
      const connection: XConnection = {
        response,
        body,
        openedAt: readOpening(response, beganMs, clock.now()),
        budget: readBudget(response.headers),
        halfClose() {
          request.socket?.end();
        },
        close() {
          body.destroy();
          response.destroy();
          request.destroy();
          agent.destroy();
        },
      };
      for (const emitter of [request, response, body]) emitter.on("error", () => {});
      const status = response.statusCode ?? 0;
      // A page for people is a proxy's or a login's, whatever its status.
      const isPage = /^text\/html\b/i.test(response.headers["content-type"] ?? "");
      if (status === 200 && !isPage) return { kind: "connected", connection };
      // The library takes anything below 400 for a stream, a redirect too.
      connection.close();
      return { kind: "failed", failure: toHttpFailure(status, null, response.headers, clock) };
    },
  };
}

function parseBase(url: string): { href: string; protocol: string } {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    throw new XError(
      "x-invalid-url",
      "the address of X must be an http or https URL, such as https://api.x.com",
    );
  }
  return { href: parsed.origin + parsed.pathname.replace(/\/+$/, ""), protocol: parsed.protocol };
}

interface Taken {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
  readonly body: Readable;
}

/** The members of TweetStream that version 1.29.1 sets before it says Connected, and listens to after. */
interface Internals {
  requestData?: { requestEventDebugHandler?: RequestWatch };
  req?: unknown;
  res?: unknown;
  originalResponse?: unknown;
}

function takeOver(stream: TweetStream): Taken {
  const internals = stream as unknown as Internals;
  const { req, res, originalResponse } = internals;
  if (!isRequest(req) || !isResponse(originalResponse) || !isReadable(res)) {
    throw new Error("twitter-api-v2 keeps its request and response elsewhere: version 1.29.1 is needed");
  }
  internals.req = new PassThrough();
  internals.res = new PassThrough();
  return { request: req, response: originalResponse, body: res };
}

/** The library takes the hook for REST calls only, and calls it for the refusal of a stream too. */
function watchRequest(stream: TweetStream, watch: RequestWatch): void {
  const { requestData } = stream as unknown as Internals;
  if (requestData === undefined)
    throw new Error("twitter-api-v2 keeps its request's data elsewhere: version 1.29.1 is needed");
  requestData.requestEventDebugHandler = watch;
}

/** The library sends no body with DELETE, and X wants one. */
function writeBody(body: Readonly<Record<string, unknown>>): ITwitterApiClientPlugin {
  return {
    onBeforeRequest({ computedParams, requestOptions }) {
      if (Object.keys(body).length === 0) return;
      const text = JSON.stringify(body);
      computedParams.body = text;
      requestOptions.headers = {
        ...requestOptions.headers,
        "content-type": "application/json;charset=UTF-8",
        "content-length": Buffer.byteLength(text),
      };
    },
  };
}

/** X's clock is told to the second, and its answer takes a while. */
const clockSlackMs = 2_000;

function readOpening({ headers }: IncomingMessage, beganMs: number, openedMs: number) {
  const skewMs = (readDateMs(headers) ?? openedMs) - openedMs;
  return { fromMs: beganMs + skewMs - clockSlackMs, toMs: openedMs + skewMs + clockSlackMs };
}

const isRequest = (value: unknown): value is ClientRequest => value instanceof http.ClientRequest;
const isResponse = (value: unknown): value is IncomingMessage => value instanceof http.IncomingMessage;
const isReadable = (value: unknown): value is Readable =>
  typeof value === "object" && value !== null && "pause" in value && "destroy" in value;

function readFailure(library: Library, error: unknown, clock: Clock): XFailure {
  if (error instanceof library.ApiResponseError) {
    const { code, data, headers } = error as ApiResponseError;
    return toHttpFailure(code, data, headers, clock);
  }
  if (error instanceof library.ApiPartialResponseError) {
    const { response, rawContent, responseError } = error as ApiPartialResponseError;
    const status = response.statusCode ?? 0;
    if (status >= 400) return toHttpFailure(status, parseOrNull(rawContent), response.headers, clock);
    return { kind: "network", cause: responseError };
  }
  if (error instanceof library.ApiRequestError) {
    // Its getter `requestError` reads a name that is never set; the cause is under `error`.
    const { _options: options } = error as unknown as { _options?: { error?: unknown } };
    return { kind: "network", cause: options?.error ?? error };
  }
  throw error;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function toHttpFailure(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, unknown>>,
  clock: Clock,
): XFailure {
  return {
    kind: "http",
    status,
    problem: readProblem(body),
    ...readTimes(headers, clock.now()),
  };
}
