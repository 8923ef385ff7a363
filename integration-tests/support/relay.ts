/**
 * A way to a server that can be cut and mended, for servers that cannot be stopped alone. Cut, it takes connections and
 * ends them at once, as an address whose server is restarting.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Relay extends AsyncDisposable {
  /** In place of the server's. */
  readonly url: string;
  cut(): void;
  mend(): void;
}

export async function startRelay(to: string): Promise<Relay> {
  const { hostname, port, pathname } = new URL(to);
  const open = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => open.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    keep(far);
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const closeAll = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname.replace(/\/$/, "")}`,
    cut() {
      isCut = true;
      closeAll();
    },
    mend() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      closeAll();
      server.close();
      await once(server, "close");
    },
  };
}
