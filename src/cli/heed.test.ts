import { describe, expect, test } from "@jest/globals";
import { heed, Interrupted } from "./heed.ts";

function createResource() {
  const resource = {
    closed: false,
    async [Symbol.asyncDispose]() {
      resource.closed = true;
    },
  };
  return resource;
}

describe("heed", () => {
  const idle = new AbortController().signal;

  test("gives what was opened, and the error of what could not be", async () => {
    const resource = createResource();
    expect(await heed(idle, Promise.resolve(resource))).toBe(resource);
    expect(resource.closed).toBe(false);
    await expect(heed(idle, Promise.reject(new Error("no")))).rejects.toThrow("no");
  });

  test("is over with the signal, and closes what opens later", async () => {
    const stop = new AbortController();
    const resource = createResource();
    let open: (value: typeof resource) => void = () => {};
    const heeded = heed(
      stop.signal,
      new Promise<typeof resource>((resolve) => {
        open = resolve;
      }),
    );
    stop.abort();
    await expect(heeded).rejects.toThrow(Interrupted);
    open(resource);
    await new Promise((resolve) => setImmediate(resolve));
    expect(resource.closed).toBe(true);
  });

  test("does not wait when the signal came before, nor minds what fails later", async () => {
    const late = new Promise((_, reject) => setImmediate(() => reject(new Error("late"))));
    await expect(heed(AbortSignal.abort(), late)).rejects.toThrow(Interrupted);
    await new Promise((resolve) => setTimeout(resolve, 1));
  });
});
