import { describe, expect, test } from "@jest/globals";
import { checkTopicConfig, topicConfigDefinitions } from "./topic-config.ts";

describe("a topic's setting", () => {
  test.each([
    ["retention.ms", "-1"],
    ["retention.bytes", "1000000"],
    ["cleanup.policy", "compact"],
    ["cleanup.policy", "delete, compact"],
    ["compression.type", "zstd"],
    ["preallocate", "TRUE"],
    ["min.cleanable.dirty.ratio", "0.25"],
    ["max.message.bytes", " 100 "],
  ])("%s=%s is taken", (name, value) => {
    expect(checkTopicConfig(name, value)).toBeNull();
  });

  test.each([
    ["no.such.setting", "1", "Unknown topic config name: no.such.setting"],
    ["__proto__", "1", "Unknown topic config name: __proto__"],
    ["toString", "1", "Unknown topic config name: toString"],
    ["retention.ms", null, "Null value not supported"],
    ["retention.ms", "soon", "Not a number of type LONG"],
    ["retention.ms", "-2", "at least -1"],
    ["max.message.bytes", "3000000000", "Not a number of type INT"],
    ["max.message.bytes", "1.5", "Not a number of type INT"],
    ["min.cleanable.dirty.ratio", "", "Not a number of type DOUBLE"],
    ["cleanup.policy", "shred", "String must be one of"],
    ["compression.type", "rar", "String must be one of"],
    ["preallocate", "maybe", "true or false"],
  ])("%s=%s is refused", (name, value, reason) => {
    expect(checkTopicConfig(name, value)).toContain(reason);
  });

  test.each(Object.entries(topicConfigDefinitions))("%s takes its own default", (name, definition) => {
    expect(checkTopicConfig(name, definition.default)).toBeNull();
  });
});
