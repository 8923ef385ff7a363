/**
 * Whether a text is SARIF 2.1.0, as far as reports use it.
 */
interface Shape {
  readonly required: Readonly<Record<string, (value: unknown) => readonly string[]>>;
  readonly optional?: Readonly<Record<string, (value: unknown) => readonly string[]>>;
}

/**
 * What breaks the rules of the SARIF 2.1.0 schema (OASIS) for the parts of a log that we write, and those of code
 * scanning about texts: properties that there must be, no others, and what they hold.
 */
export function faultsOfSarif(log: unknown): readonly string[] {
  const shape =
    ({ required, optional = {} }: Shape) =>
    (value: unknown): readonly string[] => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return ["not an object"];
      const given = value as Readonly<Record<string, unknown>>;
      const known = { ...required, ...optional };
      return [
        ...Object.keys(required).flatMap((key) => (key in given ? [] : [`${key} is missing`])),
        ...Object.entries(given).flatMap(([key, part]) =>
          Object.hasOwn(known, key)
            ? (known[key]?.(part) ?? []).map((fault) => `${key}/${fault}`)
            : [`${key} is not allowed`],
        ),
      ];
    };
  const list =
    (item: (value: unknown) => readonly string[], isSet = false) =>
    (value: unknown): readonly string[] => {
      if (!Array.isArray(value)) return ["not an array"];
      const texts = value.map((each) => JSON.stringify(each));
      const twice = isSet && new Set(texts).size < texts.length ? ["the same item twice"] : [];
      return [...twice, ...value.flatMap((each: unknown, at) => item(each).map((fault) => `${at}/${fault}`))];
    };
  const check = (what: string, holds: (value: unknown) => boolean) => (value: unknown) =>
    holds(value) ? [] : [`not ${what}: ${JSON.stringify(value)}`];
  const text = check("a text", (value) => typeof value === "string");
  const filled = check("a text with something in it", (value) => typeof value === "string" && value !== "");
  const oneOf = (...values: readonly unknown[]) =>
    check(values.join(" or "), (value) => values.includes(value));
  const number = (min: number) =>
    check(`a whole number from ${min}`, (value) => Number.isInteger(value) && Number(value) >= min);
  // RFC 3986: a colon in the first segment would make it a scheme.
  const uri = check(
    "a reference",
    (value) => typeof value === "string" && /^(?:file:\/\/\/)?(?:[\w.~!'()*-]|%[0-9A-F]{2}|\/)*$/.test(value),
  );
  const location = shape({
    required: {
      physicalLocation: shape({
        required: {
          artifactLocation: shape({ required: { uri } }),
          region: shape({ required: { startLine: number(1), startColumn: number(1) } }),
        },
      }),
    },
  });
  const result = shape({
    required: {
      message: shape({ required: { text } }),
      ruleId: text,
      ruleIndex: number(0),
      level: oneOf("none", "note", "warning", "error"),
      locations: list(location),
    },
    optional: { properties: shape({ required: {}, optional: { pointer: text, subject: () => [] } }) },
  });
  const driver = shape({
    required: { name: filled },
    optional: { version: text, rules: list(shape({ required: { id: text } }), true) },
  });
  const run = shape({
    required: { tool: shape({ required: { driver } }) },
    optional: { columnKind: oneOf("utf16CodeUnits", "unicodeCodePoints"), results: list(result) },
  });
  const faults = shape({
    required: { version: oneOf("2.1.0"), runs: list(run) },
    optional: { $schema: check("an address", (value) => URL.canParse(String(value))) },
  })(log);
  if (faults.length > 0) return faults;
  // A rule that a result names is the one that its index points at.
  const { runs } = log as {
    runs: {
      tool: { driver: { rules: { id: string }[] } };
      results: { ruleId: string; ruleIndex: number }[];
    }[];
  };
  return runs.flatMap(({ tool, results }) =>
    results.flatMap(({ ruleId, ruleIndex }) =>
      tool.driver.rules[ruleIndex]?.id === ruleId ? [] : [`ruleIndex ${ruleIndex} is not ${ruleId}`],
    ),
  );
}
