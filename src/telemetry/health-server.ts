/**
 * The HTTP server that shows how a run fares: `/metrics` for Prometheus, `/livez` and `/readyz` for whoever starts
 * and stops it (as kubernetes.io/docs/reference/using-api/health-checks words them). It takes GET and HEAD alone and
 * tells no secrets, since there are none in numbers and reasons.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isIPv6 } from "node:net";
import { describeCause } from "../kernel/error.ts";
import { TelemetryError } from "./error.ts";
import type { Log } from "./log.ts";
import type { Readiness } from "./readiness.ts";

export interface MetricsPage {
  readonly contentType: string;
  render(): Promise<string>;
}

export interface HealthServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly metrics: MetricsPage;
  readonly readiness: Readiness;
  readonly log: Log;
}

export interface HealthServer extends AsyncDisposable {
  readonly url: string;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const plain = "text/plain; charset=utf-8";
const index =
  "birdwire\n\n/metrics  for Prometheus\n/livez    is the process alive?\n/readyz   does it do its work?\n";

/** Resolves once it listens, and logs where. Throws TelemetryError. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { host, port, log } = options;
  const server = createServer((request, response) => {
    answer(request, options).then(
      (given) => send(request, response, given),
      (error: unknown) => {
        log.warn("a request to the health server failed", { url: request.url, error });
        send(request, response, { status: 500, contentType: plain, body: `${describeCause(error)}\n` });
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(explain(cause, host, port)));
    server.listen({ host, port }, resolve);
  });
  server.on("error", (error) => log.warn("the health server failed", { error }));
  // Alone it is no reason to go on.
  server.unref();
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  const url = `http://${isIPv6(host) ? `[${host}]` : host}:${bound}`;
  log.info(`metrics and health on ${url}`, { metrics: `${url}/metrics`, ready: `${url}/readyz` });
  return {
    url,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  { method = "GET", url = "/" }: IncomingMessage,
  { metrics, readiness }: HealthServerOptions,
): Promise<Answer> {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  if (method !== "GET" && method !== "HEAD") return text(405, "only GET and HEAD");
  switch (pathname) {
    case "/":
      return { status: 200, contentType: plain, body: index };
    case "/livez":
      return text(200, "ok");
    case "/readyz":
      return tellReadiness(readiness.reasons(), searchParams.get("format") === "json");
    case "/metrics":
      return { status: 200, contentType: metrics.contentType, body: await metrics.render() };
    default:
      return text(404, `there is no ${pathname}; there are /metrics, /livez and /readyz`);
  }
}

function tellReadiness(reasons: Readonly<Record<string, string>>, asJson: boolean): Answer {
  const rows = Object.entries(reasons);
  const status = rows.length === 0 ? 200 : 503;
  if (asJson) {
    const body = `${JSON.stringify({ ready: rows.length === 0, reasons })}\n`;
    return { status, contentType: "application/json; charset=utf-8", body };
  }
  return text(status, rows.length === 0 ? "ok" : rows.map(([part, why]) => `${part}: ${why}`).join("\n"));
}

function text(status: number, body: string): Answer {
  return { status, contentType: plain, body: `${body}\n` };
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, contentType, body }: Answer,
): void {
  response.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    ...(status === 405 && { Allow: "GET, HEAD" }),
  });
  response.end(method === "HEAD" ? undefined : body);
}

function explain(cause: NodeJS.ErrnoException, host: string, port: number): TelemetryError {
  if (cause.code === "EADDRINUSE") {
    return new TelemetryError("http-port-in-use", `--http ${port}: port ${port} of ${host} is in use`, {
      cause,
      details: { host, port },
    });
  }
  return new TelemetryError(
    "http-cannot-listen",
    `--http ${port}: cannot listen on ${host}, port ${port}: ${describeCause(cause)}`,
    { cause, details: { host, port } },
  );
}
