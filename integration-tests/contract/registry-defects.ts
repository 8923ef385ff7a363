/**
 * Defects of a registry, played inside the emulator by BIRDWIRE_CONTRACT_DEFECT, as a control on the contract: with
 * each of them the suites that it names have to turn red.
 */
import { Refusal } from "../../src/emulators/registry/refusal.ts";
import { type Answer, json } from "../../src/emulators/registry/request.ts";
import type { Intercept } from "../../src/emulators/registry/start.ts";
import { isJsonObject, type JsonObject } from "../../src/kernel/json.ts";

export interface RegistryDefect {
  /** What the registry does wrong, in a sentence. */
  readonly describe: string;
  /** Pattern of the test files, as jest takes it, each of which has to turn red. */
  readonly suites: string;
  readonly intercept: Intercept;
}

const http = "contract/registry\\.test";
const client = "contract/registry-client\\.test";
const kafkajs = "contract/registry-kafkajs\\.test";

/** So that nobody else takes the name for their own. */
const registryDefectPrefix = "registry-";

export const registryDefects: Readonly<Record<`${typeof registryDefectPrefix}${string}`, RegistryDefect>> = {
  "registry-wrong-id": {
    describe: "registering answers an id that is one too high",
    suites: http,
    intercept: ({ route }, next) =>
      route === "registerSchema" ? change(next(), ({ id }) => ({ id: Number(id) + 1 })) : next(),
  },
  "registry-check-that-says-yes": {
    describe: "whatever is asked is compatible",
    suites: client,
    intercept: ({ route }, next) =>
      route === "checkSubject" || route === "checkVersion"
        ? change(next(), () => ({ is_compatible: true }))
        : next(),
  },
  "registry-deleted-subject-that-stays": {
    describe: "subjects are listed after they were deleted",
    suites: http,
    intercept: ({ route, request }, next) =>
      route === "listSubjects"
        ? next({ ...request, query: new URLSearchParams([...request.query, ["deleted", "true"]]) })
        : next(),
  },
  "registry-look-up-that-finds-anything": {
    describe: "a schema that the subject lacks is found as its version 1",
    suites: kafkajs,
    intercept({ route, request }, next) {
      if (route !== "lookUpSchema") return next();
      try {
        return next();
      } catch (error) {
        if (!(error instanceof Refusal) || error.errorCode !== 40403) throw error;
        return json({ subject: request.params.subject, version: 1, id: 1 });
      }
    },
  },
  "registry-level-that-is-not-kept": {
    describe: "a subject's level is answered as if it were set",
    suites: client,
    intercept: ({ route, request }, next) => (route === "putSubjectConfig" ? json(request.body) : next()),
  },
  "registry-versions-that-close-up": {
    describe: "versions are numbered anew when one before them is deleted",
    suites: http,
    intercept({ route }, next) {
      const answer = next();
      if (route !== "listVersions" || answer.kind !== "json" || !Array.isArray(answer.value)) return answer;
      return json(answer.value.map((_version, index) => index + 1));
    },
  },
  "registry-references-that-are-lost": {
    describe: "a schema by its id lacks what it refers to",
    suites: kafkajs,
    intercept: ({ route }, next) =>
      route === "getSchemaById" ? change(next(), () => ({ references: undefined })) : next(),
  },
  "registry-soft-delete-that-is-permanent": {
    describe: "a subject that is deleted softly is gone for good",
    suites: http,
    intercept({ route, request }, next) {
      const answer = next();
      if (route === "deleteSubject" && !request.query.has("permanent")) {
        next({ ...request, query: new URLSearchParams({ permanent: "true" }) });
      }
      return answer;
    },
  },
};

/** Null where no defect is wanted, or one of another server. Throws when there is no such defect. */
export function readRegistryDefect(
  env: Readonly<Record<string, string | undefined>> = process.env,
): RegistryDefect | null {
  const name = env.BIRDWIRE_CONTRACT_DEFECT;
  if (!name?.startsWith(registryDefectPrefix)) return null;
  const found = Object.entries(registryDefects).find(([known]) => known === name);
  if (found !== undefined) return found[1];
  const known = Object.keys(registryDefects).join(", ");
  throw new Error(`BIRDWIRE_CONTRACT_DEFECT is ${name}; the registry knows ${known}`);
}

function change(answer: Answer, fields: (value: JsonObject) => JsonObject): Answer {
  if (answer.kind !== "json" || !isJsonObject(answer.value)) return answer;
  return json({ ...answer.value, ...fields(answer.value) });
}
