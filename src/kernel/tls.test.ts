import { once } from "node:events";
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import { type ConnectionOptions, connect, createServer, type TlsOptions } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import { createAuthority } from "./testing/certificates.ts";
import { describeTlsError, systemCodeOf, tlsFailureOf } from "./tls.ts";

const authority = createAuthority("authority");
const stranger = createAuthority("stranger");
const ca = authority.certificate;

async function listening(server: Server) {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), "close");
    },
  };
}

/** The error with which a client that tries to say something ends; null when it is answered. */
async function failureOf(server: Server, options: ConnectionOptions): Promise<unknown> {
  await using listener = await listening(server);
  const socket = connect({ host: "127.0.0.1", port: listener.port, ...options });
  socket.write("hello");
  try {
    return await new Promise((resolve) => {
      socket.on("error", resolve);
      socket.on("data", () => resolve(null));
    });
  } finally {
    socket.destroy();
  }
}

const tlsServer = (options: TlsOptions) =>
  createServer(options, (socket) => {
    socket.on("error", () => {});
    socket.write("hello");
  });

const minute = 60_000;
const soon = new Date(Date.now() + minute);
const past = new Date(Date.now() - minute);

describe("how TLS failed", () => {
  test.each<[string, TlsOptions, ConnectionOptions, string | null, RegExp]>([
    ["nothing is wrong", authority.issue({ name: "s" }), { ca }, null, /./],
    [
      "a certificate that has expired",
      authority.issue({ name: "s", validUntil: past }),
      { ca },
      "expired",
      /expired/,
    ],
    [
      "one whose time has not come",
      authority.issue({ name: "s", validFrom: soon }),
      { ca },
      "expired",
      /not yet/,
    ],
    [
      "one for another host",
      authority.issue({ name: "s", hosts: ["a.test"] }),
      { ca },
      "wrong-host",
      /DNS:a\.test$/,
    ],
    [
      "one of another authority",
      stranger.issue({ name: "s" }),
      { ca },
      "unknown-authority",
      /^unable to verify.*e$/,
    ],
    [
      "no certificate of ours",
      { ...authority.issue({ name: "s" }), ca, requestCert: true },
      { ca },
      "client-certificate",
      /^tlsv13 alert certificate required$/,
    ],
    [
      "no version that both speak",
      { ...authority.issue({ name: "s" }), minVersion: "TLSv1.3" },
      { ca, maxVersion: "TLSv1.2" },
      "handshake",
      /^tlsv1 alert protocol version$/,
    ],
  ])("is told from the error: %s", async (_what, server, client, failure, reason) => {
    const error = await failureOf(tlsServer(server), client);
    expect({ failure: tlsFailureOf(error), code: systemCodeOf(error) }).toMatchObject({ failure });
    if (failure !== null) expect(describeTlsError(error)).toMatch(reason);
  });

  test("is told from a server that does not speak it", async () => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    const error = await failureOf(server, { ca });
    expect(tlsFailureOf(error)).toBe("not-tls");
    expect(describeTlsError(error)).toBe("wrong version number");
  });

  test("is nothing to an error of the network, or to what is no error", async () => {
    const server = createTcpServer();
    const { port, ...listener } = await listening(server);
    await listener[Symbol.asyncDispose]();
    const [error] = await once(connectTcp({ host: "127.0.0.1", port }), "error").catch((thrown) => [thrown]);
    expect([systemCodeOf(error), tlsFailureOf(error)]).toEqual(["ECONNREFUSED", null]);
    expect([systemCodeOf("text"), tlsFailureOf(undefined)]).toEqual(["", null]);
  });
});
