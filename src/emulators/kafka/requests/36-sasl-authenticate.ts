/**
 * SaslAuthenticate (key 36). Served: 0-2.
 *
 * Carries one token of the mechanism that SaslHandshake chose, and the broker's answer to it. After a refusal the
 * connection ends.
 *
 * 1     how long the session lasts; here as in a broker that was not told otherwise, without end
 * 2     flexible
 */
import { defineApi } from "../protocol/api.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { bytes, int16, int64, nullableString } from "../protocol/field.ts";

export const saslAuthenticate = defineApi({
  key: 36,
  name: "SaslAuthenticate",
  versions: [0, 2],
  flexibleSince: 2,
  request: { authBytes: bytes() },
  response: {
    errorCode: int16(),
    errorMessage: nullableString(),
    authBytes: bytes(),
    sessionLifetimeMs: int64({ since: 1 }),
  },
  handle({ authBytes }, { sasl }) {
    if (sasl === null || sasl.state === "authenticated") {
      return {
        errorCode: ErrorCode.illegalSaslState,
        errorMessage: "SaslAuthenticate request received after successful authentication",
      };
    }
    const step = sasl.step(authBytes);
    if (step.kind === "answer") return { errorMessage: "", authBytes: step.bytes };
    return { errorCode: ErrorCode.saslAuthenticationFailed, errorMessage: step.message };
  },
});
