/**
 * A post that attacks the terminal, shown on a real one in every format: nothing happens, and it stays to be seen.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { repositoryRoot, testEnvironment } from "../support/birdwire.ts";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";
import { describeWith } from "../support/requirements.ts";

const hostile = {
  data: {
    id: "1536770448950245102",
    created_at: "2026-01-31T12:00:00.000Z",
    text: "begin \u001b[31mred \u001b]52;c;QUFB\u0007 \u001b]2;owned\u001b\\ \u202eolleh\u2066 \u0000 \u009b2J end",
  },
  matching_rules: [{ id: "1", tag: "t" }],
};

const formats = ["table", "pretty", "json", "avro-json", "csv", "template"];

/** A terminal of its own, in which a shell runs one script to its end. */
function openTerminal(tmux: string, env: Readonly<Record<string, string>>) {
  const name = `birdwire-${randomUUID()}`;
  // Not waited for in place: the emulators live in this process.
  const ask = async (...args: readonly string[]): Promise<string> => {
    const options = { env: { ...process.env, ...env, TERM: "xterm-256color" }, timeout: 60_000 };
    return (await promisify(execFile)(tmux, ["-L", name, "-f", "/dev/null", ...args], options)).stdout;
  };
  return {
    /** The script, then a shell that waits for its end of input, so that the screen stays. */
    async run(script: string) {
      const line = `${script}\n${tmux} -L ${name} wait-for -S done; cat`;
      await ask(
        "start-server",
        ";",
        "set",
        "-g",
        "set-clipboard",
        "on",
        ";",
        "set",
        "-g",
        "history-limit",
        "5000",
        ";",
        "new-session",
        "-d",
        "-x",
        "180",
        "-y",
        "50",
        "sh",
        "-c",
        line,
      );
      await ask("wait-for", "done");
    },
    /** What stands on it, from the first line, with the sequences that colour it. */
    screen: () => ask("capture-pane", "-p", "-e", "-J", "-S", "-"),
    clipboard: () => ask("list-buffers", "-F", "#{buffer_sample}"),
    title: () => ask("display-message", "-p", "#{pane_title}"),
    [Symbol.asyncDispose]: async () => void (await ask("kill-server")),
  };
}

describeWith("tmux", "a terminal", (tmux) => {
  test("shows what attacks it in every format, and does nothing else", async () => {
    const folder = await mkdtemp(join(tmpdir(), "birdwire-terminal-"));
    await using up = await startEmulatorsHere();
    try {
      const file = join(folder, "posts.ndjson");
      await writeFile(file, `${JSON.stringify(hostile)}\n`);
      expect((await runBirdwireHere(["produce", "--replay", file], { env: up.env })).code).toBe(0);
      const bin = process.env.BIRDWIRE_BIN ?? `${repositoryRoot}src/main.ts`;
      await using terminal = openTerminal(tmux, { ...testEnvironment, ...up.env, NO_COLOR: "1" });
      const commands = formats.map(
        (format) =>
          `echo "== ${format}"; '${process.execPath}' '${bin}' consume --from-beginning --until-end --format ${format} ` +
          `--truncate false ${format === "template" ? "--template '{text}'" : ""} 2>&1`,
      );
      const pretty = `'${process.execPath}' '${bin}' consume --from-beginning --until-end --format pretty`;
      await terminal.run([...commands, 'echo "== color"', `NO_COLOR= ${pretty}`].join("\n"));
      const [screen = "", colored] = (await terminal.screen()).split("== color\n");
      expect(colored).toMatch(/\u001b\[36m *text:\u001b\[/);
      for (const [index, format] of formats.entries()) {
        const [, after = ""] = screen.split(`== ${format}\n`);
        const [shown = ""] = after.split(`== ${formats[index + 1] ?? "color"}\n`);
        expect({ format, shown }).toEqual({
          format,
          shown: expect.stringMatching(
            /begin \\+u001b\[31mred .*52;c;QUFB.*u202eolleh.*u0000 .*u009b2J end/s,
          ),
        });
      }
      expect(screen).not.toContain("\u001b");
      expect(await terminal.clipboard()).toBe("");
      expect(await terminal.title()).not.toContain("owned");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("would have been changed by the same text", async () => {
    await using terminal = openTerminal(tmux, {});
    await terminal.run(`printf '\\033[31mred \\033]52;c;QUFB\\007 \\033]2;owned\\033\\\\'`);
    expect(await terminal.screen()).toContain("\u001b[31m");
    expect(await terminal.clipboard()).toContain("AAA");
    expect(await terminal.title()).toContain("owned");
  });
});
