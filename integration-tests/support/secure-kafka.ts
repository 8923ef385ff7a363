/**
 * A Kafka with one listener for each way of letting clients in: our emulator, one for each, or Apache Kafka in a
 * container with all of them. Certificates and users are those of the test.
 */
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import type { Authority, IssuedCertificate } from "../../src/kernel/testing/certificates.ts";
import { startKafkaContainer } from "./containers.ts";

/** By name, the security protocol that Kafka calls it by. */
export const secureListeners = {
  PLAIN: "PLAINTEXT",
  TLS: "SSL",
  MUTUAL: "SSL",
  EXPIRED: "SSL",
  ELSEWHERE: "SSL",
  LOGIN: "SASL_PLAINTEXT",
  LOGINTLS: "SASL_SSL",
} as const;
export type SecureListener = keyof typeof secureListeners;

export interface KafkaUser {
  readonly username: string;
  readonly password: string;
}

export interface SecureKafka extends AsyncDisposable {
  /** `host:port` of each listener. */
  readonly listeners: Readonly<Record<SecureListener, string>>;
}

export interface KafkaSecrets {
  readonly authority: Authority;
  readonly user: KafkaUser;
}

const mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
const names = Object.keys(secureListeners) as SecureListener[];

const usesTls = (name: SecureListener) => secureListeners[name].endsWith("SSL");
const logsIn = (name: SecureListener) => secureListeners[name].startsWith("SASL");

/** The certificate that a listener shows; two of them are wrong on purpose. */
function certificateOf(name: SecureListener, authority: Authority): IssuedCertificate {
  switch (name) {
    case "EXPIRED":
      return authority.issue({ name: "expired", validUntil: new Date(Date.now() - 60_000) });
    case "ELSEWHERE":
      return authority.issue({ name: "elsewhere", hosts: ["elsewhere.test"] });
    default:
      return authority.issue({ name: "broker" });
  }
}

export async function startSecureEmulators({ authority, user }: KafkaSecrets): Promise<SecureKafka> {
  const emulators = await Promise.all(
    names.map(async (name) => {
      const tls = {
        ...certificateOf(name, authority),
        ...(name === "MUTUAL" && { clientCa: authority.certificate }),
      };
      const sasl = { users: [user], mechanisms };
      return await startKafkaEmulator({
        ...(usesTls(name) && { tls }),
        ...(logsIn(name) && { sasl }),
      });
    }),
  );
  return {
    listeners: Object.fromEntries(
      names.map((name, index) => [name, emulators[index]?.bootstrap]),
    ) as SecureKafka["listeners"],
    async [Symbol.asyncDispose]() {
      for (const emulator of emulators) await emulator[Symbol.asyncDispose]();
    },
  };
}

const folder = "/etc/birdwire";

export async function startSecureKafkaContainer({ authority, user }: KafkaSecrets): Promise<SecureKafka> {
  const { username, password } = user;
  const files: Record<string, string> = { [`${folder}/ca.pem`]: authority.certificate };
  const settings: Record<string, string> = {
    KAFKA_SSL_TRUSTSTORE_TYPE: "PEM",
    KAFKA_SSL_TRUSTSTORE_LOCATION: `${folder}/ca.pem`,
    KAFKA_SSL_KEYSTORE_TYPE: "PEM",
  };
  for (const name of names) {
    const prefix = `KAFKA_LISTENER_NAME_${name}`;
    if (usesTls(name)) {
      const { cert, key } = certificateOf(name, authority);
      files[`${folder}/${name}.pem`] = `${key}${cert}`;
      settings[`${prefix}_SSL_KEYSTORE_LOCATION`] = `${folder}/${name}.pem`;
      settings[`${prefix}_SSL_CLIENT_AUTH`] = name === "MUTUAL" ? "required" : "none";
    }
    if (logsIn(name)) {
      settings[`${prefix}_SASL_ENABLED_MECHANISMS`] = mechanisms.join(",");
      settings[`${prefix}_PLAIN_SASL_JAAS_CONFIG`] =
        `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`;
      for (const digest of ["256", "512"]) {
        settings[`${prefix}_SCRAM___SHA___${digest}_SASL_JAAS_CONFIG`] =
          "org.apache.kafka.common.security.scram.ScramLoginModule required;";
      }
    }
  }
  const kafka = await startKafkaContainer(settings, { listeners: secureListeners, files });
  try {
    // It takes one mechanism at a time.
    for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-512"]) {
      await kafka.run(
        ...["/opt/kafka/bin/kafka-configs.sh", "--bootstrap-server", "kafka:19092", "--alter"],
        ...["--entity-type", "users", "--entity-name", username, "--add-config"],
        `${mechanism}=[password=${password}]`,
      );
    }
  } catch (error) {
    await kafka[Symbol.asyncDispose]();
    throw error;
  }
  return {
    listeners: kafka.listeners as SecureKafka["listeners"],
    [Symbol.asyncDispose]: () => kafka[Symbol.asyncDispose](),
  };
}
