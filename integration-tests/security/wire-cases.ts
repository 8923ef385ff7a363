/**
 * The way through SASL request by request, as Apache Kafka's SaslServerAuthenticator answers it: KIP-43, KIP-152,
 * RFC 4616, RFC 5802. Each answer was taken down from Apache Kafka 4.1.1.
 */
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { expect, test } from "@jest/globals";
import { apiVersions } from "../../src/emulators/kafka/apis.ts";
import { metadata } from "../../src/emulators/kafka/requests/03-metadata.ts";
import { saslHandshake } from "../../src/emulators/kafka/requests/17-sasl-handshake.ts";
import { saslAuthenticate } from "../../src/emulators/kafka/requests/36-sasl-authenticate.ts";
import { openRawClient, type RawClient } from "../../src/emulators/kafka/testing/raw-client.ts";
import type { KafkaUser, SecureListener } from "../support/secure-kafka.ts";

export interface WireCases {
  readonly address: (listener: SecureListener) => string;
  readonly user: KafkaUser;
}

const mechanisms = ["PLAIN", "SCRAM-SHA-512", "SCRAM-SHA-256"];
const offered = { errorCode: 0, mechanisms };
const illegal = { errorCode: 34, mechanisms: [] };
const passed = { errorCode: 0, errorMessage: "", sessionLifetimeMs: 0 };
const failed = (errorMessage: string) => ({ errorCode: 58, errorMessage, authBytes: Buffer.alloc(0) });
const badScram = (digest: string) =>
  failed(
    `Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-${digest}`,
  );

/** A connection, and what goes over it in short. */
interface Talk extends AsyncDisposable {
  versions(): Promise<unknown>;
  handshake(mechanism: string, version?: number): Promise<unknown>;
  authenticate(token: string, version?: number): Promise<{ readonly authBytes: Buffer }>;
  /** A request that only who is let in may make. */
  metadata(): Promise<unknown>;
  /** A token without a request around it; null when the broker closes. */
  bare(token: string): Promise<Buffer | null>;
  hangsUp(): Promise<void>;
}

function talkOver(client: RawClient): Talk {
  return {
    versions: () => client.call(apiVersions, 0, {}),
    handshake: (mechanism, version = 1) => client.call(saslHandshake, version, { mechanism }),
    authenticate: (token, version = 2) =>
      client.call(saslAuthenticate, version, { authBytes: Buffer.from(token) }),
    metadata: () => client.call(metadata, 5, { topics: [] }),
    bare(token) {
      const frame = Buffer.alloc(4 + Buffer.byteLength(token));
      frame.writeInt32BE(frame.length - 4);
      frame.write(token, 4);
      client.send(frame);
      return client.nextFrame();
    },
    async hangsUp() {
      expect(await client.nextFrame()).toBeNull();
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

export function declareWireCases({ address, user: { username, password } }: WireCases): void {
  const right = `\0${username}\0${password}`;
  const letIn = { errorCode: 0 };

  const openTalk = async (listener: SecureListener) =>
    talkOver(await openRawClient(Number(address(listener).split(":")[1])));
  const wire = (title: string, listener: SecureListener, run: (talk: Talk) => Promise<void>) =>
    test(title, async () => {
      await using talk = await openTalk(listener);
      await run(talk);
    });

  wire("a request before the login closes the connection", "LOGIN", async (talk) => {
    await expect(talk.metadata()).rejects.toThrow("closed the connection");
  });

  wire("the versions may be asked for before the login, and do not let anybody in", "LOGIN", async (talk) => {
    expect(await talk.versions()).toMatchObject({
      ...letIn,
      apiKeys: expect.arrayContaining([
        { apiKey: 17, minVersion: 0, maxVersion: 1 },
        { apiKey: 36, minVersion: 0, maxVersion: 2 },
      ]),
    });
    await expect(talk.metadata()).rejects.toThrow("closed the connection");
  });

  wire("the versions may be asked for once", "LOGIN", async (talk) => {
    await talk.versions();
    await expect(talk.versions()).rejects.toThrow("closed the connection");
  });

  wire("a token without a handshake closes the connection", "LOGIN", async (talk) => {
    await expect(talk.authenticate(right)).rejects.toThrow("closed the connection");
  });

  test.each(["GSSAPI", "plain", ""])(
    "the mechanism %j is not offered: error 33, and the end",
    async (name) => {
      await using talk = await openTalk("LOGIN");
      expect(await talk.handshake(name)).toEqual({ errorCode: 33, mechanisms });
      await talk.hangsUp();
    },
  );

  wire("between handshake and token any other request is error 34, and the end", "LOGIN", async (talk) => {
    expect(await talk.handshake("PLAIN")).toEqual(offered);
    expect(await talk.versions()).toMatchObject({ errorCode: 34, apiKeys: [] });
    await talk.hangsUp();
  });

  wire("so is a second handshake", "LOGIN", async (talk) => {
    await talk.handshake("PLAIN");
    expect(await talk.handshake("PLAIN")).toEqual(illegal);
    await talk.hangsUp();
  });

  wire("and Metadata, in whose answer there is no place for an error", "LOGIN", async (talk) => {
    await talk.handshake("PLAIN");
    expect(await talk.metadata()).toMatchObject({ brokers: [], clusterId: null, controllerId: -1 });
    await talk.hangsUp();
  });

  test.each([0, 1, 2])("PLAIN lets in, SaslAuthenticate %d", async (version) => {
    await using talk = await openTalk("LOGIN");
    await talk.versions();
    expect(await talk.handshake("PLAIN")).toEqual(offered);
    expect(await talk.authenticate(right, version)).toEqual({ ...passed, authBytes: Buffer.alloc(0) });
    expect(await talk.metadata()).toMatchObject({ brokers: [expect.anything()] });
    // Whoever is in cannot log in again, and loses nothing by trying.
    expect(await talk.handshake("PLAIN")).toEqual(illegal);
    expect(await talk.authenticate(right, version)).toMatchObject({ errorCode: 34 });
    expect(await talk.versions()).toMatchObject(letIn);
  });

  test.each([
    ["a wrong password", `\0${username}\0wrong`, "Authentication failed: Invalid username or password"],
    ["an unknown user", "\0nobody\0wrong", "Authentication failed: Invalid username or password"],
    ["no user", `\0\0${password}`, "Authentication failed: username not specified"],
    ["no password", `\0${username}\0`, "Authentication failed: password not specified"],
    ["no token", "", "Invalid SASL/PLAIN response: expected 3 tokens, got 1"],
    ["a token too many", `${right}\0`, "Invalid SASL/PLAIN response: expected 3 tokens, got 4"],
    [
      "another identity",
      `root${right}`,
      "Authentication failed: Client requested an authorization id that is different from username",
    ],
  ])("PLAIN refuses %s with error 58, and hangs up", async (_what, token, message) => {
    await using talk = await openTalk("LOGIN");
    await talk.handshake("PLAIN");
    expect(await talk.authenticate(token)).toMatchObject(failed(message));
    await talk.hangsUp();
  });

  wire("half a MiB from a client that is not in closes the connection", "LOGIN", async (talk) => {
    await talk.handshake("PLAIN");
    await expect(talk.authenticate("x".repeat(524_288))).rejects.toThrow("closed the connection");
  });

  wire("PLAIN takes an identity that is the user's own", "LOGIN", async (talk) => {
    await talk.handshake("PLAIN");
    expect(await talk.authenticate(`${username}${right}`)).toMatchObject(passed);
  });

  wire("after SaslHandshake 0 tokens come bare, and let in", "LOGIN", async (talk) => {
    expect(await talk.handshake("PLAIN", 0)).toEqual(offered);
    expect(await talk.bare(right)).toEqual(Buffer.alloc(0));
    expect(await talk.metadata()).toMatchObject({ brokers: [expect.anything()] });
  });

  wire("a bare token that is wrong has no answer", "LOGIN", async (talk) => {
    await talk.handshake("PLAIN", 0);
    expect(await talk.bare(`\0${username}\0wrong`)).toBeNull();
  });

  describeScram("256");
  describeScram("512");

  function describeScram(digest: "256" | "512"): void {
    const mechanism = `SCRAM-SHA-${digest}`;

    /** The whole exchange as RFC 5802 has it; what the broker proves itself with is checked too. */
    async function exchange(talk: Talk, secret: string, header = "n,,", binding = header) {
      const bare = `n=${username},r=client-nonce`;
      const { authBytes } = await talk.authenticate(`${header}${bare}`);
      const first = authBytes.toString();
      const [, nonce = "", salt = "", rounds = ""] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(first) ?? [];
      expect(nonce).toMatch(/^client-nonce.{20,}/);
      const hash = `sha${digest}`;
      const size = Number(digest) / 8;
      const mac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest();
      const salted = pbkdf2Sync(secret, Buffer.from(salt, "base64"), Number(rounds), size, hash);
      const clientKey = mac(salted, "Client Key");
      const unproven = `c=${Buffer.from(binding).toString("base64")},r=${nonce}`;
      const spoken = `${bare},${first},${unproven}`;
      const signature = mac(createHash(hash).update(clientKey).digest(), spoken);
      const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
      const answer = await talk.authenticate(`${unproven},p=${proof.toString("base64")}`);
      return { answer, expected: `v=${mac(mac(salted, "Server Key"), spoken).toString("base64")}` };
    }

    wire(`${mechanism} lets in, and the broker proves that it knows the user too`, "LOGIN", async (talk) => {
      expect(await talk.handshake(mechanism)).toEqual(offered);
      const { answer, expected } = await exchange(talk, password);
      expect(answer).toMatchObject({ ...passed, authBytes: Buffer.from(expected) });
      expect(await talk.metadata()).toMatchObject({ brokers: [expect.anything()] });
    });

    wire(`${mechanism} takes an identity that is the user's own`, "LOGIN", async (talk) => {
      await talk.handshake(mechanism);
      const { answer } = await exchange(talk, password, `n,a=${username},`);
      expect(answer).toMatchObject(passed);
    });

    wire(`${mechanism} does not look at what is said of channel binding`, "LOGIN", async (talk) => {
      await talk.handshake(mechanism);
      const { answer } = await exchange(talk, password, "n,,", "y,,");
      expect(answer).toMatchObject(passed);
    });

    wire(`${mechanism} refuses a wrong password`, "LOGIN", async (talk) => {
      await talk.handshake(mechanism);
      expect((await exchange(talk, "wrong")).answer).toMatchObject(badScram(digest));
      await talk.hangsUp();
    });

    test.each([
      ["an unknown user", "n,,n=nobody,r=abc", badScram(digest)],
      ["what is no SCRAM", "garbage", badScram(digest)],
      ["a wish for channel binding", `p=tls-unique,,n=${username},r=abc`, badScram(digest)],
      ["a client that could bind channels", `y,,n=${username},r=abc`, badScram(digest)],
      ["a delegation token", `n,,n=${username},r=abc,tokenauth=true`, badScram(digest)],
      [
        "another identity",
        `n,a=root,n=${username},r=abc`,
        failed("Authentication failed: Client requested an authorization id that is different from username"),
      ],
    ])(`${mechanism} refuses %s at the first token`, async (_what, token, answer) => {
      await using talk = await openTalk("LOGIN");
      await talk.handshake(mechanism);
      expect(await talk.authenticate(token)).toMatchObject(answer);
      await talk.hangsUp();
    });

    test.each([
      ["another nonce", "c=biws,r=abc,p=AAAA"],
      ["what is no SCRAM", "garbage"],
    ])(`${mechanism} refuses %s at the second token`, async (_what, token) => {
      await using talk = await openTalk("LOGIN");
      await talk.handshake(mechanism);
      await talk.authenticate(`n,,n=${username},r=abc`);
      expect(await talk.authenticate(token)).toMatchObject(badScram(digest));
      await talk.hangsUp();
    });
  }
}
