import { PassThrough } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { openTextSink } from "./host.ts";

describe("bytes for stdout", () => {
  test.each([
    { isStdoutDirect: true, told: true },
    { isStdoutDirect: false, told: false },
    { isStdoutDirect: undefined, told: false },
  ])(
    "are free after they were written only where it is direct: $isStdoutDirect",
    async ({ isStdoutDirect, told }) => {
      const stdout = new PassThrough();
      const sink = openTextSink({ stdout, ...(isStdoutDirect !== undefined && { isStdoutDirect }) });
      let isFree = false;
      await sink.writeBytes?.(Buffer.from("text"), () => {
        isFree = true;
      });
      stdout.end();
      expect((await stdout.toArray()).join("")).toBe("text");
      expect(isFree).toBe(told);
    },
  );
});
