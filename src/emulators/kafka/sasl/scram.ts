/**
 * SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677) as Kafka does them: without channel binding, and with one
 * refusal for whatever is wrong, which does not tell whether the user exists. What the client says of channel binding
 * in its second token is part of what it proves, and otherwise not looked at, as there.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import { otherIdentity, type SaslExchange, type SaslStep, type SaslUser } from "./mechanism.ts";

type Digest = "sha256" | "sha512";

const iterations = 4096;
const digestBytes: Readonly<Record<Digest, number>> = { sha256: 32, sha512: 64 };

/** What a server keeps of a password. */
interface StoredCredential {
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

const name = "(?:[^,=]|=2C|=3D)+";
const attributes = "(?:,[A-Za-z]+=[^,]+)*";
const firstMessage = new RegExp(
  `^n,(?:a=(?<identity>${name}))?,(?<bare>(?:m=[^,]+,)?n=(?<user>${name}),r=(?<nonce>[!-+\\--~]+)(?<more>${attributes}))$`,
);
const finalMessage = new RegExp(
  `^(?<unproven>c=[A-Za-z0-9+/=]+,r=(?<nonce>[!-+\\--~]+)${attributes}),p=(?<proof>[A-Za-z0-9+/=]+)$`,
);

/** One exchange of two tokens. Credentials are kept in `stored` from one exchange to the next. */
export function createScramExchange(
  digest: Digest,
  users: ReadonlyMap<string, SaslUser>,
  stored: Map<string, StoredCredential>,
): SaslExchange {
  const refused: SaslStep = {
    kind: "refused",
    message: `Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-${digest.slice(3)}`,
  };
  let begun: { nonce: string; spoken: string; credential: StoredCredential } | undefined;

  const first = (token: string): SaslStep => {
    const { identity, bare, user = "", nonce, more } = firstMessage.exec(token)?.groups ?? {};
    // Delegation tokens are not served.
    if (bare === undefined || more?.includes("tokenauth=true") === true) return refused;
    const username = decodeName(user);
    const known = users.get(username);
    if (known === undefined) return refused;
    if (identity !== undefined && decodeName(identity) !== username) return otherIdentity;
    const credential = stored.get(username) ?? store(digest, known.password);
    stored.set(username, credential);
    const whole = `${nonce}${randomBytes(13).toString("hex")}`;
    const answer = `r=${whole},s=${credential.salt.toString("base64")},i=${iterations}`;
    begun = { nonce: whole, spoken: `${bare},${answer}`, credential };
    return { kind: "answer", bytes: Buffer.from(answer), isLast: false };
  };

  const final = (token: string, state: NonNullable<typeof begun>): SaslStep => {
    const { unproven = "", nonce, proof = "" } = finalMessage.exec(token)?.groups ?? {};
    if (nonce !== state.nonce) return refused;
    const { storedKey, serverKey } = state.credential;
    const spoken = `${state.spoken},${unproven}`;
    const signature = mac(digest, storedKey, spoken);
    const shown = Buffer.from(proof, "base64");
    if (shown.length !== signature.length) return refused;
    const clientKey = Buffer.from(shown.map((byte, index) => byte ^ (signature[index] ?? 0)));
    if (!timingSafeEqual(createHash(digest).update(clientKey).digest(), storedKey)) return refused;
    const answer = `v=${mac(digest, serverKey, spoken).toString("base64")}`;
    return { kind: "answer", bytes: Buffer.from(answer), isLast: true };
  };

  return (token) => {
    const text = token.toString("utf8");
    return begun === undefined ? first(text) : final(text, begun);
  };
}

function store(digest: Digest, password: string): StoredCredential {
  const salt = randomBytes(26);
  const salted = pbkdf2Sync(password, salt, iterations, digestBytes[digest], digest);
  const clientKey = mac(digest, salted, "Client Key");
  return {
    salt,
    storedKey: createHash(digest).update(clientKey).digest(),
    serverKey: mac(digest, salted, "Server Key"),
  };
}

function mac(digest: Digest, key: Buffer, text: string): Buffer {
  return createHmac(digest, key).update(text).digest();
}

function decodeName(text: string): string {
  return text.replaceAll("=2C", ",").replaceAll("=3D", "=");
}
