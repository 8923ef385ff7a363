import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parseConfig } from "./load-config.ts";
import { findStatePath } from "./state-path.ts";

const cwd = "/home/bird";

describe("the path of the state folder", () => {
  test.each([
    ["the flag", { state: "/s" }, { BIRDWIRE_STATE: "/e", XDG_STATE_HOME: "/x" }, "/s"],
    ["the variable", {}, { BIRDWIRE_STATE: "/e", XDG_STATE_HOME: "/x" }, "/e"],
    ["a relative path, from the working directory", { state: "s" }, {}, "/home/bird/s"],
    ["the XDG state folder", {}, { XDG_STATE_HOME: "/x", HOME: "/h" }, "/x/birdwire"],
    [
      "the home folder, where the XDG variable is relative",
      {},
      { XDG_STATE_HOME: "x", HOME: "/h" },
      "/h/.local/state/birdwire",
    ],
    ["the home folder", {}, { HOME: "/h" }, "/h/.local/state/birdwire"],
    ["the user's home, where no variable names one", {}, {}, join(homedir(), ".local/state/birdwire")],
  ])("is that of %s", (_title, flags, env, path) => {
    expect(findStatePath(parseConfig({ flags, env }), env, cwd)).toBe(path);
  });

  test("is none for an empty text", () => {
    expect(() => parseConfig({ flags: { state: "" }, env: {} })).toThrow(/^--state: "" is empty$/);
  });
});
