import { expect, test } from "@jest/globals";
import { completeLock } from "./complete-lock.ts";

const lock = {
  lockfileVersion: 3,
  packages: {
    "": { version: "0.1.0" },
    "node_modules/@fast/tool": {
      version: "2.0.0",
      dev: true,
      optionalDependencies: {
        "@fast/tool-linux-x64": "2.0.0",
        "@fast/tool-linux-x64-musl": "2.0.0",
        "@fast/tool-linux-arm-musleabihf": "2.0.0",
        "@fast/tool-win32-arm64-msvc": "2.0.0",
        "@fast/tool-darwin-arm64": "2.0.0",
        "@fast/tool-wasm32-wasi": "2.0.0",
        fsevents: "^2.3.3",
      },
    },
    "node_modules/@fast/tool-linux-x64": { version: "2.0.0", integrity: "sha512-kept" },
    "node_modules/other": { version: "1.0.0", optionalDependencies: { "other-darwin-x64": "1.0.0" } },
    "node_modules/other/node_modules/other-darwin-x64": { version: "1.0.0" },
  },
};

test("adds the builds for other platforms, told by their names, in npm's order, and keeps the rest as it is", () => {
  const { lock: completed, added } = completeLock(lock);
  expect(Object.keys(completed.packages)).toEqual([
    "",
    "node_modules/@fast/tool",
    "node_modules/@fast/tool-darwin-arm64",
    "node_modules/@fast/tool-linux-arm-musleabihf",
    "node_modules/@fast/tool-linux-x64",
    "node_modules/@fast/tool-linux-x64-musl",
    "node_modules/@fast/tool-win32-arm64-msvc",
    "node_modules/other",
    "node_modules/other/node_modules/other-darwin-x64",
  ]);
  expect(completed).toMatchObject(lock);
  const entry = { version: "2.0.0", dev: true, optional: true };
  expect(completed.packages["node_modules/@fast/tool-darwin-arm64"]).toEqual({
    ...entry,
    cpu: ["arm64"],
    os: ["darwin"],
  });
  expect(completed.packages["node_modules/@fast/tool-linux-x64-musl"]).toEqual({
    ...entry,
    cpu: ["x64"],
    libc: ["musl"],
    os: ["linux"],
  });
  expect(completed.packages["node_modules/@fast/tool-linux-arm-musleabihf"]).toEqual({
    ...entry,
    cpu: ["arm"],
    libc: ["musl"],
    os: ["linux"],
  });
  expect(added).toHaveLength(4);
});

test("leaves a complete lock file alone", () => {
  const { lock: completed } = completeLock(lock);
  expect(completeLock(completed)).toEqual({ lock: completed, added: [] });
});
