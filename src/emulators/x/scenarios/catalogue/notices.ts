/**
 * What X says in the stream before it disconnects, or when something is wrong. Source: x-api facts 1.3, 1.4.
 */
import { problemType } from "../../problems.ts";
import { type DisconnectType, disconnectTypes, type Scenario } from "../scenario.ts";

const recovers = { kind: "recovers" } as const;

/** OperationalDisconnect to operational-disconnect. */
function kebab(type: DisconnectType): string {
  return type.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
}

export const noticeScenarios: readonly Scenario[] = [
  ...disconnectTypes.map(
    (type): Scenario => ({
      name: `notice-${kebab(type)}`,
      what: `X announces ${type} in the stream and closes it`,
      source: "1.4",
      client: recovers,
      posts: "all of them settle",
      strikes: { on: "stream", strike: { kind: "notice", type, ending: "end" } },
    }),
  ),
  {
    name: "notice-rst",
    what: "X announces OperationalDisconnect and resets the connection",
    source: "1.4",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "notice", type: "OperationalDisconnect", ending: "reset" } },
  },
  {
    name: "notice-unclosed",
    what: "X announces OperationalDisconnect and leaves the connection open, with heartbeats and without posts",
    source: "3.3 row 6, 4 user struggle 7",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "notice", type: "OperationalDisconnect", ending: "stay" } },
  },
  {
    name: "bare-problem",
    what: "X sends a problem object without `errors` around it and closes the stream",
    source: "1.3, 3.3 row 5",
    client: recovers,
    posts: "all of them settle",
    strikes: {
      on: "stream",
      strike: {
        kind: "problem",
        problem: {
          title: "ConnectionException",
          detail: "This stream has been disconnected upstream for operational reasons.",
          connection_issue: "ProvisioningSubscription",
          type: problemType("streaming-connection"),
        },
      },
    },
  },
  {
    name: "rules-deleted",
    what: "someone deletes every rule: X announces InvalidRules and closes, and refuses with 409 until there is one",
    source: "1.4, 1.5",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "delete-rules", forMs: null } },
  },
  {
    name: "rules-deleted-quiet",
    what: "someone deletes every rule: X has nothing to send, and ends the stream after 60 s",
    source: "1.3, 5.2",
    client: recovers,
    posts: "all of them settle",
    strikes: { on: "stream", strike: { kind: "delete-rules", forMs: 60_000 } },
  },
];
