/**
 * docker-compose.yml as data: the suites take images and settings from there, so that neither is written twice.
 * Spec: Compose, with its `${NAME:-default}` in values and YAML's merge keys.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { repositoryRoot } from "./birdwire.ts";
import type { Environment } from "./requirements.ts";

export interface ComposeService {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly profiles: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] } | undefined;
}

/** The services of docker-compose.yml by name, variables replaced from `env`. Throws when it is not as expected. */
export function readComposeServices(env: Environment = process.env): Record<string, ComposeService> {
  const text = readFileSync(`${repositoryRoot}docker-compose.yml`, "utf8");
  const file = parse(substitute(text, env), { merge: true }) as {
    services: Record<string, Partial<ComposeService>>;
  };
  return Object.fromEntries(
    Object.entries(file.services).map(([name, service]) => {
      if (service.image === undefined) throw new Error(`docker-compose.yml names no image for ${name}`);
      const { image, environment = {}, ports = [], volumes = [], profiles = [], healthcheck } = service;
      return [name, { image, environment, ports, volumes, profiles, healthcheck }];
    }),
  );
}

/** One service of docker-compose.yml. Throws when there is none of that name. */
export function readComposeService(name: string, env: Environment = process.env): ComposeService {
  const service = readComposeServices(env)[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

function substitute(text: string, env: Environment): string {
  return text.replaceAll(/\$\{([A-Z0-9_]+):-([^}]*)\}/g, (_, name: string, fallback: string) => {
    const value = env[name];
    return value === undefined || value === "" ? fallback : value;
  });
}
