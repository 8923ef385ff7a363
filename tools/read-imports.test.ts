import { describe, expect, test } from "@jest/globals";
import { readImports } from "./read-imports.ts";

describe("readImports", () => {
  test.each([
    ["a named import", 'import { a } from "./a.ts";', "./a.ts", false],
    ["a default import", 'import a from "pkg";', "pkg", false],
    ["a namespace import", 'import * as a from "./a.ts";', "./a.ts", false],
    ["an import for its effects", 'import "./a.ts";', "./a.ts", false],
    ["a JSON import", 'import a from "./a.json" with { type: "json" };', "./a.json", false],
    ["a type import", 'import type { A } from "./a.ts";', "./a.ts", true],
    ["a namespace type import", 'import type * as A from "./a.ts";', "./a.ts", true],
    [
      "inline type specifiers, which still load the file",
      'import { type A } from "./a.ts";',
      "./a.ts",
      false,
    ],
    ["mixed specifiers", 'import { type A, b } from "./a.ts";', "./a.ts", false],
    ["a re-export", 'export { a } from "./a.ts";', "./a.ts", false],
    ["a re-export of everything", 'export * from "./a.ts";', "./a.ts", false],
    ["a re-export under a name", 'export * as a from "./a.ts";', "./a.ts", false],
    ["a type re-export", 'export type { A } from "./a.ts";', "./a.ts", true],
    ["a type re-export of everything", 'export type * from "./a.ts";', "./a.ts", true],
    ["a dynamic import", 'const a = await import("./a.ts");', "./a.ts", false],
    ["a dynamic import of a template", "const a = await import(`./a.ts`);", "./a.ts", false],
    ["a dynamic import deep in an expression", 'const t = { a: [() => import("./a.ts")] };', "./a.ts", false],
    ["a computed dynamic import", "const load = (a: string) => import(a);", null, false],
    ["a template with a hole", `const load = (a: string) => import(\`./\${a}.ts\`);`, null, false],
    ["an import type", 'type A = import("./a.ts").A;', "./a.ts", true],
    ["a typeof import type", 'let a: typeof import("./a.ts");', "./a.ts", true],
    ["an import type in a signature", 'function f(a: import("./a.ts").A): void {}', "./a.ts", true],
    ["an import type as an argument", 'type A = Map<string, import("./a.ts").A>;', "./a.ts", true],
    ["a require call", 'const a = require("./a.cjs");', "./a.cjs", false],
    ["an import assignment", 'import a = require("./a.cjs");', "./a.cjs", false],
    ["a type import assignment", 'import type a = require("./a.cjs");', "./a.cjs", true],
    ["the file of a worker", 'new Worker(new URL("./a.ts", import.meta.url));', "./a.ts", false],
  ])("finds %s", (_what, text, specifier, typeOnly) => {
    expect(readImports(text)).toEqual([{ specifier, typeOnly, line: 1 }]);
  });

  test.each([
    ["comments", '// import "./a.ts";\n/* import("./b.ts") */'],
    ["texts", 'const a = `import "./a.ts"`;\nconst b = \'require("./b.ts")\';'],
    ["exports of its own", "const a = 1;\nexport { a };\nexport type B = typeof a;"],
    [
      "addresses",
      'const u = new URL("./schemas/", import.meta.url);\nconst v = new URL("http://a.ts/b.ts");',
    ],
  ])("finds nothing in %s", (_what, text) => {
    expect(readImports(text)).toEqual([]);
  });

  test("says the line an import begins on, in files with a hashbang, long characters and CRLF too", () => {
    const text =
      '#!/usr/bin/env node\n// 日本語 👩‍👩‍👧\r\nimport {\n  a,\n} from "./a.ts";\n\n/* é */ export * from "./b.ts";\n' +
      'await using z = f();\nconst c = import("./c.ts");';
    expect(readImports(text).map(({ specifier, line }) => [specifier, line])).toEqual([
      ["./a.ts", 3],
      ["./b.ts", 7],
      ["./c.ts", 9],
    ]);
  });

  test("reads one file after the other without mixing up their lines", () => {
    const text = '\n\nimport "./a.ts";\n';
    expect([readImports(text), readImports(text)].map(([found]) => found?.line)).toEqual([3, 3]);
  });

  test("throws on what is not TypeScript", () => {
    expect(() => readImports("import { from;")).toThrow();
  });
});
