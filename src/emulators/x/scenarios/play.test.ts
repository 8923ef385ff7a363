import { describe, expect, test } from "@jest/globals";
import {
  idOf,
  idsOf,
  type PlayedScenario,
  playScenario,
  posts,
  type SeenConnect,
} from "../testing/play-scenario.ts";
import { scenarios } from "./catalogue.ts";

interface Expectation {
  /** How the first stream ends, as the client sees it. */
  readonly first: SeenConnect["end"];
  /** Connects that are no streams, before the next one. Default: none. */
  readonly between?: PlayedScenario["between"];
  /** Posts that the ledger does not count as delivered. Default: 0. */
  readonly lost?: number;
  /** Lines of the first stream that are no posts. */
  readonly others?: readonly unknown[];
  readonly acceptEncoding?: string;
  /** Parameters: what a slow machine would miss lasts longer. */
  readonly with?: string;
  see?(played: PlayedScenario, first: SeenConnect): void;
}

const goesOn: Expectation = { first: "open" };
const refused = (...between: PlayedScenario["between"]): Expectation => ({ first: "ended", between });
const notice = (type: string) => ({
  errors: [expect.objectContaining({ title: "operational-disconnect", disconnect_type: type })],
});
const noticed = (type: string): Expectation => ({ first: "ended", others: [notice(type)] });

/** What a client sees of each scenario, and what the ledger says then. */
const expected: Readonly<Record<string, Expectation>> = {
  "clean-end": { first: "ended" },
  rst: { first: "broken" },
  "rst-in-flight": { first: "broken", lost: 5 },
  "half-open": {
    first: "open",
    lost: 3,
  },
  "heartbeats-only": { ...goesOn, see: (_, { chunks }) => expect(chunks.map(String)).toContain("\r\n") },
  flap: refused("flap", "flap", "flap", "flap", "flap"),
  ghost: {
    first: "broken",
    with: "@for=500000",
    see: ({ between }) => expect(new Set(between)).toEqual(new Set([429])),
  },
  "slow-reader": { first: "broken", lost: 20 },
  "slow-reader-notice": { ...noticed("SlowReader"), lost: 20 },
  "port-closed": {
    first: "broken",
    with: "@for=300000",
    see: ({ between }) => expect(new Set(between)).toEqual(new Set(["refused"])),
  },
  restart: { first: "broken", see: ({ between }) => expect(between).not.toContain(409) },
  "restart-rules-lost": { first: "broken", see: ({ between }) => expect(between.at(-1)).toBe(409) },

  "notice-operational-disconnect": noticed("OperationalDisconnect"),
  "notice-upstream-operational-disconnect": noticed("UpstreamOperationalDisconnect"),
  "notice-force-disconnect": noticed("ForceDisconnect"),
  "notice-upstream-unclean-disconnect": noticed("UpstreamUncleanDisconnect"),
  "notice-slow-reader": noticed("SlowReader"),
  "notice-internal-error": noticed("InternalError"),
  "notice-client-application-state-degraded": noticed("ClientApplicationStateDegraded"),
  "notice-invalid-rules": noticed("InvalidRules"),
  "notice-rst": { ...noticed("OperationalDisconnect"), first: "broken" },
  "notice-unclosed": { ...noticed("OperationalDisconnect"), first: "open" },
  "bare-problem": {
    first: "ended",
    others: [
      expect.objectContaining({
        title: "ConnectionException",
        type: expect.stringMatching(/streaming-connection$/),
      }),
    ],
  },
  "rules-deleted": { ...noticed("InvalidRules"), between: [409] },
  "rules-deleted-quiet": refused(409),

  "partial-line": {
    first: "ended",
    lost: 1,
    see({ unsettled }, { rest }) {
      expect(rest).toMatch(/^\{/);
      expect(idOf(rest)).toBeNull();
      expect(unsettled[0]?.state).toBe("matched");
    },
  },
  "partial-line-rst": { first: "broken", lost: 1, see: (_, { rest }) => expect(rest).toMatch(/^\{/) },
  "unterminated-line": {
    first: "ended",
    lost: 1,
    see: ({ unsettled }, { rest }) => expect(idOf(rest)).toBe(unsettled[0]?.id),
  },
  "broken-json": { ...goesOn, others: [null] },
  "unknown-message": { ...goesOn, others: [{ announcement: expect.anything() }] },
  "odd-json": { ...goesOn, others: [expect.any(Array)] },
  flood: { first: "ended", see: (_, { rest }) => expect(rest).toBe("x".repeat(6 * 1024 * 1024)) },
  "one-megabyte": {
    ...goesOn,
    see: (_, { lines }) =>
      expect(lines.filter((line) => Buffer.byteLength(line) === 1024 * 1024 - 2)).toHaveLength(1),
  },
  "cut-utf8": {
    ...goesOn,
    see: (_, { chunks }) => expect(chunks.some((chunk) => ((chunk[0] ?? 0) & 0xc0) === 0x80)).toBe(true),
  },
  "cut-crlf": {
    ...goesOn,
    see({ struck: [place] }, { chunks }) {
      const texts = chunks.map(String);
      expect(texts.filter((text) => text === "\n").length).toBeGreaterThan(
        (posts - (place?.message ?? 0)) / 3,
      );
    },
  },
  "cut-bytes": {
    ...goesOn,
    see: (_, { chunks }) => expect(chunks.filter(({ length }) => length === 1).length).toBeGreaterThan(5_000),
  },
  "gzip-rst": {
    first: "broken",
    lost: 5,
    acceptEncoding: "gzip",
    see: (_, { headers }) => expect(headers["content-encoding"]).toBe("gzip"),
  },
  "gzip-corrupt": {
    first: "open",
    acceptEncoding: "gzip",
    see: (_, { chunks }) => expect(chunks.at(-1)).toEqual(Buffer.alloc(64, 0xff)),
  },

  duplicates: {
    ...goesOn,
    see({ settled, struck: [place] }, { lines }) {
      const ids = idsOf(lines);
      const at = place?.message ?? 0;
      expect(ids).toHaveLength(posts + 10);
      expect(ids.slice(at + 10, at + 20)).toEqual(ids.slice(at, at + 10));
      expect(new Set(settled).size).toBe(posts);
    },
  },
  "late-post": {
    ...goesOn,
    see({ struck: [place] }, { lines }) {
      const ids = idsOf(lines).map(BigInt);
      const at = place?.message ?? 0;
      const late = ids[at + 25] ?? 0n;
      expect(ids.slice(at, at + 25).every((id) => id > late)).toBe(true);
    },
  },
  "out-of-order": {
    ...goesOn,
    see({ struck: [place] }, { lines }) {
      const ids = idsOf(lines);
      const at = place?.message ?? 0;
      const moved = ids.slice(at, at + 20);
      expect(moved).not.toEqual([...moved].sort());
      expect([...moved.slice(0, 0), ...ids].sort()).toEqual([
        ...ids.slice(0, at),
        ...moved.sort(),
        ...ids.slice(at + 20),
      ]);
    },
  },
  "edit-chain": {
    ...goesOn,
    see({ struck: [place] }, { lines }) {
      const at = place?.message ?? 0;
      const chain = lines.slice(at, at + 4).map((line) => JSON.parse(line).data);
      const ids = chain.map(({ id }) => id);
      expect(chain.map((data) => data.edit_history_tweet_ids)).toEqual(
        [1, 2, 3, 4].map((n) => ids.slice(0, n)),
      );
    },
  },
  "data-with-errors": {
    ...goesOn,
    see({ struck: [place] }, { lines }) {
      const message = JSON.parse(lines[place?.message ?? 0] ?? "");
      expect(message).toMatchObject({
        data: { id: expect.any(String) },
        errors: [{ resource_type: "tweet" }],
      });
    },
  },

  "no-headers": refused("unanswered"),
  "half-headers": refused("unanswered"),
  "slow-headers": refused(),
  "endless-error-body": refused(503),
  redirect: refused(302),
  "400-invalid-request": refused(400),
  "401-unauthorized": refused(401),
  "402-credits-depleted": refused(402),
  "403-official-client-forbidden": refused(403),
  "403-client-not-enrolled": refused(403),
  "403-unsupported-authentication": refused(403),
  "409-no-rules": refused(409),
  "429-rate-limit": refused(429),
  "429-rate-limit-without-reset": refused(429, 429),
  "429-rate-limit-past-reset": refused(429, 429),
  "429-rate-limit-clock-skew": refused(429),
  "429-too-many-connections": refused(429, 429),
  "429-too-many-connections-without-reset": refused(429),
  "429-usage-cap": refused(429),
  "429-usage-cap-without-reset": refused(429),
  "500": refused(500, 500),
  "502": refused(502, 502),
  "503": refused(503, 503),
  "504": refused(504, 504),
  "500-retry-after": refused(500),
  "502-retry-after": refused(502),
  "503-retry-after": refused(503),
  "504-retry-after": refused(504),
  "503-retry-after-date": refused(503),
  "503-html": refused(503, 503),
};

const played = scenarios.filter(({ strikes }) => strikes.on !== "call");

describe.each(played.map(({ name, what, posts: fate }) => ({ name, what, fate })))(
  "$name: $what",
  ({ name, fate }) => {
    test("is what a client sees, and the ledger tells what was delivered", async () => {
      const how = expected[name];
      if (how === undefined) throw new Error(`nothing is expected of ${name}`);
      const { between = [], lost = 0, others = [], acceptEncoding } = how;
      const run = await playScenario(
        `${name}${how.with ?? ""}`,
        acceptEncoding === undefined ? {} : { acceptEncoding },
      );
      const [first] = run.seen;
      const [place] = run.struck;
      if (first === undefined || place === undefined) throw new Error("nothing was seen, or nothing struck");

      expect(first.end).toBe(how.first);
      if (how.between !== undefined || how.see === undefined) expect(run.between).toEqual(between);
      expect(first.lines.filter((line) => idOf(line) === null).map(parseOrNull)).toEqual(others);

      // The place is told to the post and byte.
      expect(place).toMatchObject({ scenario: name, connection: 1, connect: null, call: null });
      const before = first.lines.slice(0, place.message ?? 0);
      expect(idsOf(before)).toHaveLength(place.message ?? -1);
      expect(Buffer.byteLength(before.map((line) => `${line}\r\n`).join(""))).toBe(place.byte);

      expect(run.unsettled).toHaveLength(lost);
      expect(run.settled).toHaveLength(posts - lost);
      const seen = new Set(run.seen.flatMap(({ lines }) => idsOf(lines)));
      expect(run.settled.filter((id) => !seen.has(id))).toEqual([]);
      const state = /stay (\w+)/.exec(fate)?.[1];
      expect(new Set(run.unsettled.map((row) => row.state))).toEqual(
        new Set(state === undefined ? [] : [state]),
      );
      how.see?.(run, first);
    });
  },
);

function parseOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

describe("a run", () => {
  test.each(["rst-in-flight", "out-of-order", "partial-line", "flap", "slow-reader,late-post,rst,503"])(
    "of %s is the same for the same seed, to the byte and the order, and another for another",
    async (name) => {
      const digest = async (scenarioSeed: number) => {
        const { struck, settled, unsettled, seen } = await playScenario(name, { scenarioSeed });
        const places = struck.map(({ at, ...place }) => place);
        return {
          places,
          settled,
          unsettled,
          rests: seen.map(({ rest }) => rest.replace(/"id":"\d+","tag/, "")),
        };
      };
      const one = await digest(1);
      expect(await digest(1)).toEqual(one);
      expect((await digest(2)).places).not.toEqual(one.places);
    },
  );

  test("of several scenarios plays them one after the other", async () => {
    const { struck, seen, between } = await playScenario("broken-json,rst,503,clean-end", {
      source: { kind: "generated", count: 300, ratePerSecond: "max" },
    });
    expect(
      struck.map(({ scenario, connection, connect }) => [scenario, connection ?? 0, connect ?? 0]),
    ).toEqual([
      ["broken-json", 1, 0],
      ["rst", 1, 0],
      // The end of connection 2, and the connects after it.
      ["503", 2, 0],
      ["503", 0, 3],
      ["503", 0, 4],
      ["clean-end", 3, 0],
    ]);
    expect(seen.map(({ end }) => end)).toEqual(["broken", "ended", "ended", "open"]);
    expect(between).toEqual([503, 503]);
  });
});
