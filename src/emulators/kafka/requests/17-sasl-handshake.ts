/**
 * SaslHandshake (key 17). Served: 0-1, never flexible.
 *
 * Chooses how the client logs in. Version 0 is followed by bare tokens, version 1 by SaslAuthenticate (KIP-152). A
 * mechanism that is not offered ends the connection after the answer. Where there is nothing to log in to, and for a
 * client that is in already, the answer is error 34, and the connection goes on.
 */
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { arrayOf, int16, string } from "../protocol/field.ts";

export const saslHandshake = defineApi({
  key: 17,
  name: "SaslHandshake",
  versions: [0, 1],
  flexibleSince: Number.POSITIVE_INFINITY,
  request: { mechanism: string() },
  response: { errorCode: int16(), mechanisms: arrayOf(string()) },
  handle({ mechanism }, { sasl, version }) {
    if (sasl === null || sasl.state === "authenticated") return { errorCode: ErrorCode.illegalSaslState };
    const { mechanisms } = sasl;
    return sasl.begin(mechanism, version === 0)
      ? { mechanisms: [...mechanisms] }
      : { errorCode: ErrorCode.unsupportedSaslMechanism, mechanisms: [...mechanisms] };
  },
});
