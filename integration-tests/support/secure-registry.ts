/**
 * A Schema Registry behind TLS and credentials: our emulator, which asks for them itself, or a registry in a
 * container behind a proxy of the tests, as people put one before a registry that has no locks of its own.
 */
import {
  createServer as createHttpServer,
  request as forward,
  type RequestListener,
  type Server,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Network } from "testcontainers";
import { denialOf, type RegistryAccess } from "../../src/emulators/registry/access.ts";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { type ServerTls, serverTlsOptions } from "../../src/emulators/server-tls.ts";
import type { Authority } from "../../src/kernel/testing/certificates.ts";
import { startRegistryContainer } from "./containers.ts";

/** What is in the way at each address. */
export const registryDoors = ["PLAIN", "TLS", "MUTUAL", "EXPIRED", "ELSEWHERE"] as const;
export type RegistryDoor = (typeof registryDoors)[number];

export interface SecureRegistry extends AsyncDisposable {
  readonly urls: Readonly<Record<RegistryDoor, string>>;
}

export interface RegistrySecrets {
  readonly authority: Authority;
  readonly access: RegistryAccess;
}

function tlsOf(door: RegistryDoor, authority: Authority): ServerTls | undefined {
  switch (door) {
    case "PLAIN":
      return undefined;
    case "EXPIRED":
      return authority.issue({ name: "expired", validUntil: new Date(Date.now() - 60_000) });
    case "ELSEWHERE":
      return authority.issue({ name: "elsewhere", hosts: ["elsewhere.test"] });
    case "MUTUAL":
      return { ...authority.issue({ name: "registry" }), clientCa: authority.certificate };
    case "TLS":
      return authority.issue({ name: "registry" });
  }
}

/** Whoever shows a certificate is let in without more; the others need credentials. */
const accessOf = (door: RegistryDoor, access: RegistryAccess) => (door === "MUTUAL" ? undefined : access);

async function openDoors(
  open: (door: RegistryDoor) => Promise<{ readonly url: string } & AsyncDisposable>,
): Promise<SecureRegistry> {
  const opened = await Promise.all(registryDoors.map(open));
  return {
    urls: Object.fromEntries(
      registryDoors.map((door, index) => [door, opened[index]?.url]),
    ) as SecureRegistry["urls"],
    async [Symbol.asyncDispose]() {
      for (const one of opened) await one[Symbol.asyncDispose]();
    },
  };
}

export function startSecureRegistryEmulators({
  authority,
  access,
}: RegistrySecrets): Promise<SecureRegistry> {
  return openDoors(async (door) => {
    const tls = tlsOf(door, authority);
    const wanted = accessOf(door, access);
    return await startRegistryEmulator({
      ...(tls !== undefined && { tls }),
      ...(wanted !== undefined && { access: wanted }),
    });
  });
}

export async function startSecureRegistryContainer({
  authority,
  access,
}: RegistrySecrets): Promise<SecureRegistry> {
  const network = await new Network().start();
  try {
    const registry = await startRegistryContainer({ network });
    const doors = await openDoors((door) =>
      startProxy(registry.url, tlsOf(door, authority), accessOf(door, access)),
    );
    return {
      urls: doors.urls,
      async [Symbol.asyncDispose]() {
        await doors[Symbol.asyncDispose]();
        await registry[Symbol.asyncDispose]();
        await network.stop();
      },
    };
  } catch (error) {
    await network.stop();
    throw error;
  }
}

/** Refuses as web servers do, with a page and not with a registry's JSON; what it lets through it does not touch. */
async function startProxy(target: string, tls: ServerTls | undefined, access: RegistryAccess | undefined) {
  const { hostname, port, pathname } = new URL(target);
  const onRequest: RequestListener = (request, response) => {
    const denial = access === undefined ? null : denialOf(access, request);
    if (denial !== null) {
      request.resume();
      response.writeHead(denial.status, { "Content-Type": "text/html" });
      response.end(`<html><h1>${denial.status}</h1></html>`);
      return;
    }
    const { authorization: _, ...headers } = request.headers;
    const path = `${pathname.replace(/\/$/, "")}${request.url}`;
    const onward = forward({ hostname, port, path, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  };
  const server: Server =
    tls === undefined ? createHttpServer(onRequest) : createHttpsServer(serverTlsOptions(tls), onRequest);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${own}`,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
