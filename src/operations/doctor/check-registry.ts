/**
 * Is the registry there, may it be written to, and does it hold what we write and read?
 */
import type { SubjectName } from "../../kernel/brand.ts";
import type { RegistryAdministration } from "../../registry/administration.ts";
import type { RegistryClient } from "../../registry/client.ts";
import type { Findings } from "./finding.ts";
import type { Check } from "./run-checks.ts";

export interface ExpectedSubject {
  readonly subject: SubjectName;
  /** In capitals. */
  readonly level: string;
  /** The schema that is written, and its number among our versions. */
  readonly schemaText: string;
  readonly version: number | null;
}

export interface RegistryCheckOptions {
  readonly client: RegistryClient;
  readonly administration: RegistryAdministration;
  readonly subjects: readonly ExpectedSubject[];
  readonly schemaExitCode: number;
}

const writable = new Set(["READWRITE", "IMPORT"]);
const registerRemedy = "`birdwire schemas register` registers it, and so does `birdwire produce`";

export function createRegistryCheck(options: RegistryCheckOptions): Check {
  const { client, administration, subjects } = options;
  return {
    name: "registry",
    async run(findings) {
      const [types, level] = await Promise.all([client.schemaTypes(), administration.levelOfAll()]);
      // Not every registry has modes.
      const mode = await administration.modeOfAll().catch(() => null);
      if (!types.includes("AVRO")) {
        findings.fail("registry", `${client.url} takes no Avro: ${types.join(", ")}`, options.schemaExitCode);
      } else if (mode !== null && !writable.has(mode)) {
        findings.warn(
          "registry",
          `${client.url} answers, and its mode is ${mode}: nothing can be registered`,
          "register elsewhere and use `produce --register never`, or have the mode changed",
        );
      } else {
        const modeText = mode === null ? "" : `, mode ${mode}`;
        findings.ok("registry", `${client.url} answers; level of all subjects ${level}${modeText}`);
      }
      for (const subject of subjects) await lookAtSubject(options, subject, findings);
    },
  };
}

async function lookAtSubject(
  { client, schemaExitCode }: RegistryCheckOptions,
  { subject, level, schemaText, version }: ExpectedSubject,
  findings: Findings,
): Promise<void> {
  const ours = version === null ? "our schema" : `our version ${version}`;
  const name = `subject ${subject}`;
  const versions = await client.versions(subject);
  if (versions.length === 0) {
    findings.warn(name, "is not registered yet", registerRemedy);
    return;
  }
  const own = await client.ownLevel(subject);
  if (own !== level) {
    const has = own === null ? "no level of its own" : `the level ${own}`;
    findings.warn(name, `has ${has}; ours is ${level}`, "`birdwire schemas apply` sets it");
  }
  const found = await client.lookUp(subject, schemaText);
  if (found !== null) {
    const newer = versions.filter((each) => each > found.version).length;
    const rest = newer === 0 ? "" : `; ${newer} newer ${newer === 1 ? "one" : "ones"} by somebody else`;
    findings.ok(name, `${ours} is its version ${found.version}, id ${found.id}${rest}`);
    return;
  }
  const verdict = await client.checkCompatibility(subject, schemaText);
  if (verdict.isCompatible) {
    findings.warn(name, `${ours} is not among its ${versions.length}`, registerRemedy);
    return;
  }
  findings.fail(
    name,
    `${ours} is refused: ${verdict.messages[0] ?? "it is not compatible"}`,
    schemaExitCode,
    "`birdwire schemas plan` shows why; `produce --use-latest` writes the version that is there",
  );
}
