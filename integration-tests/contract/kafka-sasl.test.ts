// What clients may rely on where nobody logs in; where somebody does is for integration-tests/security.
import { expect } from "@jest/globals";
import { apiVersions } from "../../src/emulators/kafka/apis.ts";
import { metadata } from "../../src/emulators/kafka/requests/03-metadata.ts";
import { saslHandshake } from "../../src/emulators/kafka/requests/17-sasl-handshake.ts";
import { saslAuthenticate } from "../../src/emulators/kafka/requests/36-sasl-authenticate.ts";
import { openRawClient, type RawClient } from "../../src/emulators/kafka/testing/raw-client.ts";
import { describeKafka } from "../support/kafka-targets.ts";

describeKafka("logging in", ({ test, bootstrap }) => {
  const open = () => openRawClient(bootstrap());
  const expectLetIn = async (client: RawClient) => {
    expect((await client.call(metadata, 5, { topics: [] })).brokers).not.toEqual([]);
  };

  test("both requests of a login are advertised, whether there is one or not", async () => {
    await using client = await open();
    expect(await client.call(apiVersions, 0, {})).toMatchObject({
      apiKeys: expect.arrayContaining([
        { apiKey: 17, minVersion: 0, maxVersion: 1 },
        { apiKey: 36, minVersion: 0, maxVersion: 2 },
      ]),
    });
  });

  for (const version of [0, 1]) {
    test(`SaslHandshake ${version} is an illegal state where nobody logs in, and harmless`, async () => {
      await using client = await open();
      const answer = await client.call(saslHandshake, version, { mechanism: "PLAIN" });
      expect(answer).toEqual({ errorCode: 34, mechanisms: [] });
      await expectLetIn(client);
    });
  }

  for (const version of [0, 1, 2]) {
    test(`SaslAuthenticate ${version} is an illegal state where nobody logs in, and harmless`, async () => {
      await using client = await open();
      const answer = await client.call(saslAuthenticate, version, { authBytes: Buffer.from("\0alice\0pw") });
      expect(answer).toEqual({
        errorCode: 34,
        errorMessage: "SaslAuthenticate request received after successful authentication",
        authBytes: Buffer.alloc(0),
        sessionLifetimeMs: 0,
      });
      await expectLetIn(client);
    });
  }
});
