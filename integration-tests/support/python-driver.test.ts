import { expect, test } from "@jest/globals";
import { openPythonDriver } from "./python-driver.ts";
import { describeWith } from "./requirements.ts";

describeWith("python", "a driver of Python clients", (python) => {
  test("gives back what an operation returns, bytes as base64", async () => {
    await using driver = openPythonDriver(python, "echo.py");
    const value = { text: "ü\n", numbers: [1, null, 2.5], flag: true };
    expect(await driver.call("echo", { value })).toEqual(value);
    expect(await driver.call("bytes")).toBe("YWI=");
    expect(await driver.call("go")).toBeNull();
  });

  test("lets calls overlap", async () => {
    await using driver = openPythonDriver(python, "echo.py");
    const waiting = driver.call("wait");
    await driver.call("go");
    expect(await waiting).toBe("waited");
  });

  test("rejects with what an operation raises", async () => {
    await using driver = openPythonDriver(python, "echo.py");
    await expect(driver.call("fail", { text: "x" })).rejects.toMatchObject({
      kind: "KeyError",
      details: { args: ["x"] },
    });
    await expect(driver.call("nope")).rejects.toMatchObject({ kind: "KeyError" });
    expect(await driver.call("echo", { value: 1 })).toBe(1);
  });

  test("rejects all calls once the process has ended, with its last words", async () => {
    await using driver = openPythonDriver(python, "echo.py");
    const waiting = driver.call("wait");
    const ending = driver.call("end", { code: 3 });
    await expect(waiting).rejects.toThrow(/echo\.py ended with 3\n.*the end/s);
    await expect(ending).rejects.toThrow("ended with 3");
    await expect(driver.call("go")).rejects.toThrow("ended with 3");
  });
});

test("a driver that cannot run rejects its calls", async () => {
  await using driver = openPythonDriver("/nowhere/python", "echo.py");
  await expect(driver.call("go")).rejects.toThrow("could not be run");
});
