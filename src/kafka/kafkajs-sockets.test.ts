import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import { createAuthority } from "../kernel/testing/certificates.ts";
import { createSockets, type ServiceRecord, type Suspicion } from "./kafkajs-sockets.ts";
import type { ConnectionProtection } from "./security.ts";

const authority = createAuthority("authority");
const own = authority.issue({ name: "broker" });
const client = authority.issue({ name: "client" });
const ca = authority.certificate;

const plain: ConnectionProtection = { tls: null, sasl: null };
const tls: ConnectionProtection = { tls: { ca }, sasl: null };
const sasl = { mechanism: "plain", username: "alice", password: "pw" } as const;

/** An answer of Kafka's without a body. */
function answer(correlationId: number): Buffer {
  const frame = Buffer.alloc(8);
  frame.writeInt32BE(4, 0);
  frame.writeInt32BE(correlationId, 4);
  return frame;
}
const alert = Buffer.from("15030300020246", "hex");
const hangUp = (socket: Socket): void => void socket.end();
const onRequest = (act: (socket: Socket) => void) => (socket: Socket) =>
  void socket.once("data", () => act(socket));

async function listening(server: Server) {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server.close(), "close");
    },
  };
}

const tcp = (behave: (socket: Socket) => void) => createTcpServer(behave);
const overTls = (behave: (socket: Socket) => void) =>
  createTlsServer(own, (socket) => {
    socket.on("error", () => {});
    behave(socket);
  });

/** Connects, says something, and waits for the end of it. */
async function visit(
  port: number,
  protection: ConnectionProtection,
  record: ServiceRecord = { wasServed: false },
) {
  const sockets = createSockets(protection, record);
  const socket = sockets.open({ host: "127.0.0.1", port, onConnect: () => socket.write("request") });
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));
  return sockets;
}

describe("a broker that hangs up", () => {
  test.each<[string, Server, ConnectionProtection, Suspicion | undefined]>([
    ["on a request without TLS", tcp(onRequest(hangUp)), plain, "wants-tls"],
    ["on TLS", tcp(onRequest(hangUp)), tls, "wants-plain-tcp"],
    ["after TLS", overTls(onRequest(hangUp)), tls, "wants-client-certificate"],
    [
      "after TLS with a certificate of ours",
      overTls(onRequest(hangUp)),
      { ...tls, tls: { ca, ...client } },
      "refuses-client-certificate",
    ],
    ["after saying what it speaks", tcp(onRequest((socket) => socket.end(answer(0)))), plain, "wants-login"],
    ["the same over TLS", overTls(onRequest((socket) => socket.end(answer(0)))), tls, "wants-login"],
    [
      "the same, where we log in",
      tcp(onRequest((socket) => socket.end(answer(0)))),
      { ...plain, sasl },
      undefined,
    ],
    [
      "after speaking something else",
      tcp(onRequest((socket) => socket.end("HTTP/1.1 400"))),
      plain,
      undefined,
    ],
    ["after an alert of TLS", tcp(onRequest((socket) => socket.end(alert))), plain, "speaks-tls"],
  ])("%s is told from others", async (_what, server, protection, suspicion) => {
    await using listener = await listening(server);
    expect((await visit(listener.port, protection)).suspicion).toBe(suspicion);
  });

  test("once it has served this client wants nothing: it is restarting", async () => {
    const record = { wasServed: false };
    let visits = 0;
    const server = tcp((socket) => {
      if (visits++ > 0) return onRequest(hangUp)(socket);
      onRequest(() => {
        socket.write(answer(0));
        socket.once("data", () => socket.end(answer(1)));
      })(socket);
    });
    await using listener = await listening(server);
    const sockets = createSockets(plain, record);
    const first = sockets.open({
      host: "127.0.0.1",
      port: listener.port,
      onConnect: () => first.write("one"),
    });
    first.once("data", () => first.write("two"));
    await new Promise((resolve) => first.once("close", resolve));
    expect({ ...record, suspicion: sockets.suspicion }).toEqual({ wasServed: true, suspicion: undefined });
    expect((await visit(listener.port, plain, record)).suspicion).toBeUndefined();
  });

  test("is not one that refuses the connection", async () => {
    const { port, ...listener } = await listening(createTcpServer());
    await listener[Symbol.asyncDispose]();
    const sockets = await visit(port, plain);
    expect(sockets.suspicion).toBeUndefined();
    expect(sockets.lastFailure).toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("trying again is in vain", () => {
  test.each<[string, Server, ConnectionProtection, object]>([
    [
      "when a certificate is not trusted",
      overTls(() => {}),
      { tls: {}, sasl: null },
      { code: expect.stringMatching(/^UNABLE_/) },
    ],
    [
      "when it answers in TLS",
      tcp(onRequest((socket) => socket.end(alert))),
      plain,
      { message: expect.stringMatching(/TLS/) },
    ],
  ])("%s", async (_what, server, protection, reason) => {
    await using listener = await listening(server);
    await expect((await visit(listener.port, protection)).hopeless).rejects.toMatchObject(reason);
  });
});
