/**
 * The compiler as a judge of what was generated: modules in, its complaints out.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "@swc/core";

/** TypeScript expressions for a type that a module declares. */
export interface CaseValues {
  readonly module?: string;
  readonly type: string;
  /** What a decoder gives. */
  readonly reads: readonly string[];
  /** What only an encoder takes. */
  readonly writes?: readonly string[];
  /** What neither does. */
  readonly rejects: readonly string[];
}

/** A module that the compiler takes exactly when it takes and refuses the values as said. */
export function valuesModule({ module = "schema", type, reads, writes = [], rejects }: CaseValues): string {
  const lines = [`import type { ${type}, ${type}Input } from "./${module}.js";`];
  const declare = (of: string, expression: string): void => {
    lines.push(`export const value${lines.length}: ${of} = ${expression};`);
  };
  const refuse = (of: string, expression: string, reason: string): void => {
    lines.push(`// @ts-expect-error ${reason}`);
    declare(of, expression);
  };
  for (const expression of reads) {
    declare(type, expression);
    declare(`${type}Input`, expression);
  }
  for (const expression of writes) {
    declare(`${type}Input`, expression);
    refuse(type, expression, "a decoder always gives the fields with a default");
  }
  for (const expression of rejects) {
    refuse(type, expression, "no value of the schema");
    refuse(`${type}Input`, expression, "no value of the schema");
  }
  return `${lines.join("\n")}\n`;
}

/** The value of an expression. */
export function evaluate(expression: string): unknown {
  return new Function("Buffer", `return (${expression})`)(Buffer);
}

/** What a generated module exports at run time, types stripped. */
export function evaluateModule(source: string): Readonly<Record<string, unknown>> {
  const { code } = transformSync(source, {
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "commonjs" },
  });
  const exports: Record<string, unknown> = {};
  new Function("exports", code)(exports);
  return exports;
}

const repository = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Compiles modules, by path, in one run of `tsc --strict`; gives what it says, "" when it is content. `birdwire` is
 * the one module that generated code imports, or the whole library.
 */
export function checkTypes(
  modules: Readonly<Record<string, string>>,
  birdwire: "src/avro/typed-schema.ts" | "src/index.ts" = "src/avro/typed-schema.ts",
): string {
  const folder = mkdtempSync(join(tmpdir(), "birdwire-codegen-"));
  try {
    for (const [path, text] of Object.entries(modules)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const settings = {
      compilerOptions: {
        strict: true,
        exactOptionalPropertyTypes: true,
        isolatedModules: true,
        verbatimModuleSyntax: true,
        erasableSyntaxOnly: true,
        skipLibCheck: true,
        allowImportingTsExtensions: true,
        noEmit: true,
        target: "es2023",
        lib: ["es2023", "es2024.string", "esnext.disposable"],
        module: "nodenext",
        types: ["node"],
        typeRoots: [join(repository, "node_modules", "@types")],
        paths: { birdwire: [join(repository, birdwire)] },
      },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    const compiler = join(repository, "node_modules/typescript/bin/tsc");
    return execFileSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8", cwd: folder });
  } catch (failure) {
    const { stdout } = failure as { readonly stdout?: string };
    if (stdout === undefined) throw failure;
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
