/**
 * What everyone asks of a registry: the addresses of a subject, its versions and its level, and how an answer becomes a
 * value (Confluent "Schema Registry API Reference").
 */
import type { SchemaVersion, SubjectName } from "../kernel/brand.ts";
import { type Parse, parseLevel, parseVersions } from "./answers.ts";
import { unexpected } from "./describe.ts";
import { RegistryError, remoteCodes } from "./error.ts";
import type { HttpRequest, RegistryHttp } from "./http.ts";

export interface Asker {
  /** Throws RegistryError, also for one of the request's `absent` codes. */
  ask<Value>(request: HttpRequest, parse: Parse<Value>): Promise<Value>;
  /** Null for one of the request's `absent` codes. Throws RegistryError. */
  askOrNull<Value>(request: HttpRequest, parse: Parse<Value>): Promise<Value | null>;
  /** An answer that is there already. Throws RegistryError `unexpected-answer`. */
  read<Value>(request: HttpRequest, answer: unknown, parse: Parse<Value>): Value;
}

export function createAsker(http: RegistryHttp): Asker {
  const { url } = http;
  const asker: Asker = {
    async ask(request, parse) {
      const answer = await http.request(request);
      if (answer === null) throw unexpected({ url, ...request }, "it answered null");
      return asker.read(request, answer, parse);
    },
    async askOrNull(request, parse) {
      const answer = await http.request(request);
      return answer === null ? null : asker.read(request, answer, parse);
    },
    read(request, answer, parse) {
      try {
        return parse(answer);
      } catch (cause) {
        const { method, path } = request;
        throw unexpected(
          { url, method, path },
          `its answer has another form than expected (${String(cause)})`,
        );
      }
    },
  };
  return asker;
}

/** Each method throws RegistryError and nothing else. */
export interface SubjectCalls {
  /** Live ones, oldest first; empty when there is no such subject. */
  versions(subject: SubjectName): Promise<readonly SchemaVersion[]>;
  /** The subject's own level, in capitals; null when it has none. */
  ownLevel(subject: SubjectName): Promise<string | null>;
  setLevel(subject: SubjectName, level: string): Promise<void>;
}

export function createSubjectCalls({ ask, askOrNull }: Asker): SubjectCalls {
  return {
    versions: async (subject) =>
      (await askOrNull(
        { method: "GET", path: `${subjectPath(subject)}/versions`, absent: [remoteCodes.unknownSubject] },
        parseVersions,
      )) ?? [],
    ownLevel: async (subject) =>
      askOrNull(
        {
          method: "GET",
          path: configPath(subject),
          absent: [remoteCodes.noSubjectLevel, remoteCodes.unknownSubject],
        },
        parseLevel,
      ),
    async setLevel(subject, level) {
      const body = { compatibility: level };
      await ask({ method: "PUT", path: configPath(subject), body }, parseLevel);
    },
  };
}

/** Throws RegistryError, as all of these, for a name that no address can hold. */
export function subjectPath(subject: SubjectName): string {
  return `/subjects/${encode(subject)}`;
}

export function versionPath(subject: SubjectName, version: SchemaVersion | "latest"): string {
  return `${subjectPath(subject)}/versions/${version}`;
}

export function configPath(subject: SubjectName): string {
  return `/config/${encode(subject)}`;
}

export function modePath(subject: SubjectName): string {
  return `/mode/${encode(subject)}`;
}

/** A name that a URL takes for a way up, however it is written, would lead elsewhere (WHATWG URL, 4.4). */
function encode(subject: SubjectName): string {
  if (subject === "." || subject === "..") {
    const message = `no request can name the subject ${JSON.stringify(subject)}: in an address it leads elsewhere`;
    throw new RegistryError("registry-refused", message, { details: { subject } });
  }
  return encodeURIComponent(subject);
}
