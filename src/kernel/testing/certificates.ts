/**
 * Certificates for tests, made when they run: an authority, and what it signs, valid or not as a case needs it.
 * X.509 version 3 (RFC 5280) with keys on the curve P-256, in DER (ITU-T X.690) by hand: Node makes keys and
 * signatures, but no certificates.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIPv4 } from "node:net";

export interface CertificateRequest {
  /** The common name. */
  readonly name: string;
  /** DNS names and IPv4 addresses that the certificate is for. Default: localhost and 127.0.0.1. */
  readonly hosts?: readonly string[];
  /** Default: from an hour ago until a day from now. */
  readonly validFrom?: Date;
  readonly validUntil?: Date;
  /** Encrypts the key. */
  readonly passphrase?: string;
}

/** PEM texts. */
export interface IssuedCertificate {
  readonly cert: string;
  /** PKCS#8. */
  readonly key: string;
}

export interface Authority {
  /** PEM, for whoever is to trust it. */
  readonly certificate: string;
  issue(request: CertificateRequest): IssuedCertificate;
}

const hourMs = 3_600_000;

export function createAuthority(name: string): Authority {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const signAs = (subject: string, key: KeyObject, extensions: Buffer[], validity: Validity) =>
    signCertificate({
      issuer: name,
      signer: privateKey,
      subject,
      key,
      extensions: [...extensions, keyId(key), signerId(publicKey)],
      validity,
    });
  const lifetime = { from: new Date(Date.now() - hourMs), until: new Date(Date.now() + 24 * hourMs) };
  return {
    certificate: signAs(name, publicKey, [authorityConstraints, keyCertSign], lifetime),
    issue({ name: subject, hosts = ["localhost", "127.0.0.1"], validFrom, validUntil, passphrase }) {
      const own = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
      const validity = { from: validFrom ?? lifetime.from, until: validUntil ?? lifetime.until };
      const encryption = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
      return {
        cert: signAs(subject, own.publicKey, [digitalSignature, alternativeNames(hosts)], validity),
        key: own.privateKey.export({ type: "pkcs8", format: "pem", ...encryption }).toString(),
      };
    },
  };
}

interface Validity {
  readonly from: Date;
  readonly until: Date;
}

interface Certificate {
  readonly issuer: string;
  readonly signer: KeyObject;
  readonly subject: string;
  readonly key: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly validity: Validity;
}

function signCertificate({ issuer, signer, subject, key, extensions, validity }: Certificate): string {
  const version3 = der(0xa0, der(0x02, Buffer.from([2])));
  // The first bit is the sign, and a number does not begin with a byte too many.
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(8)]);
  const body = sequence(
    version3,
    der(0x02, serial),
    sequence(ecdsaWithSha256),
    distinguishedName(issuer),
    sequence(utcTime(validity.from), utcTime(validity.until)),
    distinguishedName(subject),
    key.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const whole = sequence(body, sequence(ecdsaWithSha256), bits(sign("sha256", body, signer)));
  const lines = whole.toString("base64").replaceAll(/.{64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`;
}

/** Tag, length in the shortest form, content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const { length } = body;
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), body]);
}

function sequence(...content: readonly Buffer[]): Buffer {
  return der(0x30, ...content);
}

function bits(content: Buffer, unused = 0): Buffer {
  return der(0x03, Buffer.from([unused]), content);
}

function objectId(...parts: readonly number[]): Buffer {
  const [first = 0, second = 0, ...rest] = parts;
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId(2, 5, 4, 3), der(0x0c, Buffer.from(commonName)))));
}

/** Two digits of the year: until 2049. */
function utcTime(date: Date): Buffer {
  const text = date.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return der(0x17, Buffer.from(text.slice(2)));
}

function extension(id: Buffer, isCritical: boolean, value: Buffer): Buffer {
  const critical = der(0x01, Buffer.from([0xff]));
  return sequence(id, ...(isCritical ? [critical] : []), der(0x04, value));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host) ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host)),
  );
  return extension(objectId(2, 5, 29, 17), false, sequence(...names));
}

const digestOf = (key: KeyObject) =>
  createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest();
const keyId = (key: KeyObject) => extension(objectId(2, 5, 29, 14), false, der(0x04, digestOf(key)));
const signerId = (key: KeyObject) =>
  extension(objectId(2, 5, 29, 35), false, sequence(der(0x80, digestOf(key))));

const ecdsaWithSha256 = objectId(1, 2, 840, 10045, 4, 3, 2);
const isAuthority = der(0x01, Buffer.from([0xff]));
const authorityConstraints = extension(objectId(2, 5, 29, 19), true, sequence(isAuthority));
const keyUsageId = objectId(2, 5, 29, 15);
const keyCertSign = extension(keyUsageId, true, bits(Buffer.from([0x04]), 2));
const digitalSignature = extension(keyUsageId, true, bits(Buffer.from([0x80]), 7));
