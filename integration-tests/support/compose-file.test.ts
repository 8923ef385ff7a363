import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { repositoryRoot } from "./birdwire.ts";
import { readComposeService, readComposeServices } from "./compose-file.ts";
import { describeWith } from "./requirements.ts";

const read = (path: string) => readFileSync(`${repositoryRoot}${path}`, "utf8");

describe("docker-compose.yml", () => {
  test.each([
    ["kafka", "BIRDWIRE_KAFKA_IMAGE"],
    ["kafka-1", "BIRDWIRE_KAFKA_IMAGE"],
    ["schema-registry", "BIRDWIRE_REGISTRY_IMAGE"],
    ["kafka-ui", "BIRDWIRE_KAFKA_UI_IMAGE"],
  ])("the image of %s has a fixed version and is replaced by %s", (name, variable) => {
    expect(readComposeService(name, {}).image).toMatch(/^[\w/-]+:v?\d+\.\d+\.\d+$/);
    expect(readComposeService(name, { [variable]: "mine:1" }).image).toBe("mine:1");
  });

  test("every service has a health check, and listens on loopback alone", () => {
    for (const { healthcheck, ports } of Object.values(readComposeServices({}))) {
      expect(healthcheck?.test[0]).toBe("CMD");
      expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
    }
  });

  test("no two services share a port or a volume", () => {
    const services = Object.values(readComposeServices({}));
    const ports = services.flatMap((service) => service.ports.map((port) => port.split(":")[1]));
    const volumes = services.flatMap((service) => service.volumes);
    expect(new Set(ports).size).toBe(6);
    expect(new Set(volumes).size).toBe(4);
    expect([ports.length, volumes.length]).toEqual([6, 4]);
  });

  test("the three brokers of the cluster start under its profile alone", () => {
    const inCluster = Object.entries(readComposeServices({})).filter(
      ([, { profiles }]) => profiles.length > 0,
    );
    expect(inCluster.map(([name, { profiles }]) => [name, ...profiles])).toEqual([
      ["kafka-1", "cluster"],
      ["kafka-2", "cluster"],
      ["kafka-3", "cluster"],
    ]);
  });

  test("each broker announces the port that it is published on", () => {
    const env = { BIRDWIRE_KAFKA_PORT: "1111", BIRDWIRE_KAFKA_2_PORT: "2222" };
    for (const [name, port] of [
      ["kafka", "1111"],
      ["kafka-1", "19092"],
      ["kafka-2", "2222"],
      ["kafka-3", "39092"],
    ] as const) {
      const { environment, ports } = readComposeService(name, env);
      expect(environment.KAFKA_ADVERTISED_LISTENERS).toBe(
        `HOST://localhost:${port},INTERNAL://${name}:19092`,
      );
      expect(ports).toEqual([`127.0.0.1:${port}:9092`]);
    }
  });

  test("the stand-in is the same version of Kafka", () => {
    const pom = read("integration-tests/support/kafka-jvm/pom.xml");
    const version = /<kafka\.version>(.+)<\/kafka\.version>/.exec(pom)?.[1];
    expect(readComposeService("kafka", {}).image).toBe(`apache/kafka:${version}`);
  });

  test("its image tags stand in no other file", () => {
    const tracked = execFileSync("git", ["ls-files"], { cwd: repositoryRoot, encoding: "utf8" }).split("\n");
    const images = Object.values(readComposeServices({})).map(({ image }) => image);
    const elsewhere = tracked.filter((path) => {
      if (path === "docker-compose.yml" || !/\.(ts|md|ya?ml|sh|json)$/.test(path)) return false;
      const text = read(path);
      return images.some((image) => text.includes(image));
    });
    expect(elsewhere).toEqual([]);
  });
});

describeWith("compose", "Compose", (compose) => {
  const files = ["docker-compose.yml", "docker-compose.stand-ins.yml"];
  const [command = "", ...words] = compose.split(" ");

  test.each([
    ["docker-compose.yml", files.slice(0, 1), [], ["kafka", "kafka-ui", "schema-registry"]],
    ["its cluster", files.slice(0, 1), ["cluster"], Object.keys(readComposeServices({}))],
    ["the stand-ins", files, [], ["kafka", "schema-registry"]],
    ["the stand-ins with a UI", files, ["ui"], ["kafka", "kafka-ui", "schema-registry"]],
  ])("accepts %s", (_, used, profiles, services) => {
    const args = [
      ...used.flatMap((file) => ["-f", file]),
      ...profiles.flatMap((profile) => ["--profile", profile]),
    ];
    const config = execFileSync(command, [...words, ...args, "config"], {
      cwd: repositoryRoot,
      encoding: "utf8",
      env: { ...process.env, BIRDWIRE_REGISTRY_IMAGE: "stand-in:1", COMPOSE_PROFILES: "" },
    });
    // Compose 1 also names services whose profile is off.
    expect(Object.keys(parse(config).services)).toEqual(expect.arrayContaining([...services]));
  });
});
