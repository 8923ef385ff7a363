// Test runner settings: native ESM, TypeScript stripped by swc, explicit resource management kept for Node 24.
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/{src,codegen,tools,bench,integration-tests}/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/dist/"],
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: {
          parser: { syntax: "typescript", explicitResourceManagement: true },
          target: "es2022",
          externalHelpers: false,
        },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
  maxWorkers: 2,
  testTimeout: 90_000,
};
