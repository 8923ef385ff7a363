/**
 * A Schema Registry that speaks Confluent's REST API on loopback and keeps everything in memory, and in a file if it is
 * given one. For development and tests; what it serves is listed in coverage.ts.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { describeCause } from "../../kernel/error.ts";
import { type Log, silentLog } from "../../telemetry/log.ts";
import { listen } from "../listen.ts";
import { type ServerTls, serverTlsOptions } from "../server-tls.ts";
import { challenge, denialOf, type RegistryAccess } from "./access.ts";
import { readJsonBody } from "./body.ts";
import { chooseContentType, requireContentType } from "./content-type.ts";
import { resolveContextPath } from "./context.ts";
import type { RouteName } from "./coverage.ts";
import { handlers } from "./handlers.ts";
import { Refusal, refuse } from "./refusal.ts";
import { createVolatileData, openRegistryData, type RegistryData } from "./registry-data.ts";
import { type Answer, type EmulatorRequest, json } from "./request.ts";
import { matchRoute } from "./router.ts";
import { createStore, type RegistryStore } from "./store.ts";

export interface RegistryEmulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Where the state is kept over restarts, by one emulator at a time. Default: it ends with the emulator. */
  readonly dataFile?: string;
  /** Serves https and nothing else. Default: http. */
  readonly tls?: ServerTls;
  /** Lets in whom it names. Default: everybody. */
  readonly access?: RegistryAccess;
  /** For tests that play a defect: stands between the router and each handler. */
  readonly intercept?: Intercept;
  readonly log?: Log;
}

export interface InterceptedCall {
  readonly route: RouteName;
  readonly request: EmulatorRequest;
}

/**
 * `next` is the route's handler, of this request or of another in its place; what is returned is answered, and a
 * Refusal that is thrown is refused, as if the handler had done so.
 */
export type Intercept = (call: InterceptedCall, next: (request?: EmulatorRequest) => Answer) => Answer;

export interface RegistryEmulator extends AsyncDisposable {
  /** `http://127.0.0.1:8081`, or with https; without a slash at the end. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Listens until it is disposed of.
 * Throws EmulatorError `port-in-use`, `cannot-listen`, `unreadable-registry-data` or `unwritable-registry-data`.
 */
export async function startRegistryEmulator(
  options: RegistryEmulatorOptions = {},
): Promise<RegistryEmulator> {
  const { host = "127.0.0.1", log = silentLog } = options;
  const { dataFile, intercept } = options;
  const data = dataFile === undefined ? createVolatileData() : await openRegistryData(dataFile);
  const store = createStore(data.state, data.changed);
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, { store, data, log, intercept, access: options.access }).then(
      (reply) => send(response, reply),
      // Only a connection that is already gone ends up here.
      () => response.destroy(),
    );
  };
  const { tls } = options;
  const server =
    tls === undefined ? createServer(onRequest) : createTlsServer(serverTlsOptions(tls), onRequest);
  const port = await listen(server, { what: "registry emulator", host, port: options.port ?? 0 });
  const shownHost = host.includes(":") ? `[${host}]` : host;
  return {
    url: `${tls === undefined ? "http" : "https"}://${shownHost}:${port}`,
    host,
    port,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      // A request that was cut off may have changed something.
      await data.saved();
    },
  };
}

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly content: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Registry {
  readonly store: RegistryStore;
  readonly data: RegistryData;
  readonly log: Log;
  readonly access: RegistryAccess | undefined;
  readonly intercept: Intercept | undefined;
}

async function answer(request: IncomingMessage, registry: Registry): Promise<Reply> {
  const { store, data, log, access, intercept } = registry;
  const contentType = chooseContentType(request.headers.accept);
  const denial = access === undefined ? null : denialOf(access, request);
  if (denial !== null) {
    const { status, errorCode, message } = denial;
    log.debug(`registry emulator: ${request.method} ${request.url}`, { status });
    const result = json({ error_code: errorCode, message });
    return {
      ...reply(status, contentType ?? "application/json", result),
      ...(status === 401 && { headers: { "WWW-Authenticate": challenge } }),
    };
  }
  try {
    // Taken apart by hand: a URL parser would resolve `..` and refuse what is only a strange subject.
    const [rawPath = "/", rawQuery] = (request.url ?? "/").split("?", 2);
    const { path, query } = resolveContextPath({ path: rawPath, query: new URLSearchParams(rawQuery) });
    const { name, params } = matchRoute(request.method ?? "GET", path);
    if (contentType === null) throw refuse.notAcceptable();
    const hasBody = request.method === "POST" || request.method === "PUT";
    if (hasBody) requireContentType(request.headers["content-type"]);
    const body = hasBody ? await readJsonBody(request) : undefined;
    const call = { params, query, body };
    const next = (changed: EmulatorRequest = call) => handlers[name](changed, store);
    const result = await handle(
      () => (intercept === undefined ? next() : intercept({ route: name, request: call }, next)),
      data,
    );
    log.debug(`registry emulator: ${request.method} ${request.url}`, { status: 200 });
    return reply(200, contentType, result);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : refuse.internal();
    const level = error instanceof Refusal ? "debug" : "error";
    log[level](`registry emulator: ${request.method} ${request.url}`, {
      status: refusal.status,
      reason: describeCause(error),
    });
    return reply(
      refusal.status,
      contentType ?? chooseContentType(undefined) ?? "application/json",
      json({ error_code: refusal.errorCode, message: refusal.message }),
    );
  }
}

/** What the handler answers or throws, once the state that it speaks of is kept. */
async function handle(act: () => Answer, data: RegistryData): Promise<Answer> {
  try {
    return act();
  } finally {
    await data.saved();
  }
}

function reply(status: number, contentType: string, result: Answer): Reply {
  return {
    status,
    contentType,
    content: result.kind === "text" ? result.text : JSON.stringify(result.value),
  };
}

function send(response: ServerResponse, { status, contentType, content, headers }: Reply): void {
  response.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(content),
    ...headers,
  });
  response.end(content);
}
