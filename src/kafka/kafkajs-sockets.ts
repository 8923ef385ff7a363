/**
 * The sockets of one kafkajs client, plain or TLS, all in our hands; and what they tell of a port that speaks another
 * protocol than we do, which kafkajs only sees as a connection that was closed, and tries again.
 */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { systemCodeOf, tlsFailureOf } from "../kernel/tls.ts";
import type { ConnectionProtection } from "./security.ts";

/** What a broker that hangs up without a reason probably wants. */
export type Suspicion =
  /** It hung up on our first bytes of TLS. */
  | "wants-plain-tcp"
  /** It hung up on our first bytes without TLS. */
  | "wants-tls"
  /** It answered in TLS, which we did not speak: that is certain. */
  | "speaks-tls"
  /** It agreed on TLS and hung up before its first answer. */
  | "wants-client-certificate"
  /** The same, and it had one of ours. */
  | "refuses-client-certificate"
  /** It said what it speaks and hung up when we asked for more. */
  | "wants-login";

export interface SocketAddress {
  readonly host: string;
  readonly port: number;
  readonly onConnect: () => void;
}

export interface Sockets {
  open(address: SocketAddress): Socket;
  /** Rejects with the failure once it is certain that trying again is in vain. */
  readonly hopeless: Promise<never>;
  /** Why a connection last failed. */
  readonly lastFailure: unknown;
  /** Undefined when the last connection that failed was refused, or failed for a reason of the network. */
  readonly suspicion: Suspicion | undefined;
  /** Ends every connection, with the error if there is one. */
  destroy(error?: Error): void;
}

const keepAliveDelayMs = 60_000;
/** The start of an answer of Kafka's to the first request of a connection: length, correlation id. */
const isFirstAnswer = (bytes: Buffer) =>
  bytes.length >= 8 && bytes.readUInt32BE(0) < 2 ** 20 && bytes.readUInt32BE(4) === 0;
/** A record of TLS with an alert (RFC 8446, 5.1); as the length of an answer it would be 336 MiB. */
const isTlsAlert = (bytes: Buffer) => bytes[0] === 0x15 && bytes[1] === 3;

/** How far a connection has come. */
interface Reached {
  tcp: boolean;
  tls: boolean;
  /** Which answer of Kafka's came last: what it speaks is the first. */
  answer: "none" | "first" | "later";
}

/** Common to all connections of one client. */
export interface ServiceRecord {
  /** Some broker has answered more than what it speaks: from then on whoever hangs up is restarting, and wants nothing. */
  wasServed: boolean;
}

export function createSockets({ tls, sasl }: ConnectionProtection, record: ServiceRecord): Sockets {
  const sockets = new Set<Socket>();
  let lastFailure: unknown;
  let suspicion: Suspicion | undefined;
  let giveUp: (reason: unknown) => void = () => {};
  const hopeless = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  hopeless.catch(() => {});

  /** What to make of a broker's hanging up. */
  const suspect = (reached: Reached): Suspicion | undefined => {
    if (!reached.tcp || record.wasServed) return undefined;
    if (reached.answer === "first" && sasl === null) return "wants-login";
    if (reached.answer !== "none") return undefined;
    if (tls === null) return "wants-tls";
    if (!reached.tls) return "wants-plain-tcp";
    return tls.cert === undefined ? "wants-client-certificate" : "refuses-client-certificate";
  };

  return {
    hopeless,
    get lastFailure() {
      return lastFailure;
    },
    get suspicion() {
      return suspicion;
    },
    open({ host, port, onConnect }) {
      const reached: Reached = { tcp: false, tls: false, answer: "none" };
      const socket =
        tls === null
          ? connectTcp({ host, port })
          : connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...tls });
      socket.setNoDelay(true);
      socket.setKeepAlive(true, keepAliveDelayMs);
      sockets.add(socket);
      socket.once("connect", () => {
        reached.tcp = true;
      });
      socket.once(tls === null ? "connect" : "secureConnect", () => {
        reached.tls = tls !== null;
        onConnect();
      });
      const onEnd = () => {
        // Ended by the broker and not in answer to our own end.
        if (!socket.writableEnded) suspicion = suspect(reached);
      };
      const onData = (bytes: Buffer) => {
        if (reached.answer === "none" && isFirstAnswer(bytes)) {
          reached.answer = "first";
          return;
        }
        socket.off("data", onData);
        if (tls !== null || !isTlsAlert(bytes)) {
          if (reached.answer === "first") record.wasServed = true;
          reached.answer = "later";
          return;
        }
        socket.off("end", onEnd);
        suspicion = "speaks-tls";
        giveUp(new Error("its answer is an alert of TLS"));
      };
      socket.on("data", onData);
      socket.on("error", (error) => {
        lastFailure = error;
        const code = systemCodeOf(error);
        suspicion = ["ECONNRESET", "EPIPE"].includes(code) ? suspect(reached) : undefined;
        if (tlsFailureOf(error) !== null) giveUp(error);
      });
      socket.once("end", onEnd);
      socket.once("close", () => sockets.delete(socket));
      return socket;
    },
    destroy(error) {
      for (const socket of sockets) socket.destroy(error);
    },
  };
}
