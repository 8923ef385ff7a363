import { describe, expect, test } from "@jest/globals";
import { describeProblem, readNotice, readProblem } from "./problem.ts";

const disconnect = {
  title: "operational-disconnect",
  disconnect_type: "UpstreamOperationalDisconnect",
  detail: "This stream has been disconnected upstream for operational reasons.",
  type: "https://api.twitter.com/2/problems/operational-disconnect",
};

describe("readProblem", () => {
  test("knows the type by its last segment, on whichever host", () => {
    for (const host of ["https://api.x.com/2/problems/", "https://api.twitter.com/2/problems/"]) {
      expect(readProblem({ type: `${host}usage-capped` }).type).toBe("usage-capped");
    }
    expect(readProblem({ type: "about:blank" }).type).toBe("about:blank");
  });

  test("reads the first of wrapped errors, and an invalid request's message", () => {
    expect(readProblem({ errors: [disconnect] })).toMatchObject({
      disconnectType: "UpstreamOperationalDisconnect",
    });
    expect(
      readProblem({
        title: "Invalid Request",
        detail: "It is invalid.",
        errors: [{ message: "backfill_minutes is not allowed" }],
      }),
    ).toMatchObject({ title: "Invalid Request", detail: "It is invalid. backfill_minutes is not allowed" });
  });

  test("keeps control characters out and long texts short", () => {
    const { title, detail } = readProblem({ title: "a\u001b[31mb\u202ec", detail: "x".repeat(5000) });
    expect(title).toBe("a [31mb c");
    expect(detail.length).toBeLessThan(310);
  });

  test.each([null, "text", [], { errors: [] }, { errors: ["x"] }, { title: 5 }])(
    "answers %j with empty texts",
    (body) => {
      const { status, ...texts } = readProblem(body);
      expect([status, ...new Set(Object.values(texts))]).toEqual([0, ""]);
    },
  );
});

describe("describeProblem", () => {
  test.each([
    [{ errors: [disconnect] }, `operational-disconnect UpstreamOperationalDisconnect: ${disconnect.detail}`],
    [{ title: "Unauthorized", detail: "Unauthorized" }, "Unauthorized"],
    [
      { title: "ConnectionException", connection_issue: "TooManyConnections" },
      "ConnectionException TooManyConnections",
    ],
    [null, ""],
  ])("says %j in one line", (body, text) => {
    expect(describeProblem(readProblem(body))).toBe(text);
  });
});

describe("readNotice", () => {
  test.each([
    ["errors alone", { errors: [disconnect] }],
    ["errors with data that is null", { data: null, errors: [disconnect] }],
    ["a bare problem", { title: "ConnectionException", detail: "x", connection_issue: "TooManyConnections" }],
    ["a bare problem with a status only", { title: "Too Many Requests", status: 429 }],
  ])("takes %s for a notice", (_, payload) => {
    expect(readNotice(payload)).not.toBeNull();
  });

  test.each([
    ["a post", { data: { id: "1" } }],
    ["a post with errors", { data: { id: "1" }, errors: [disconnect] }],
    ["a kind of message nobody knows", { event: "x" }],
    ["an object with a title that is no problem", { title: "x" }],
    ["a list", []],
    ["null", null],
    ["a text", "x"],
  ])("takes %s for none", (_, payload) => {
    expect(readNotice(payload)).toBeNull();
  });
});
