/**
 * Constants of X's filtered stream API. Spec: X API v2, OpenAPI 2.167, and its "filtered stream" pages.
 */
export const defaultXUrl = "https://api.x.com";

export const streamPath = "tweets/search/stream";
export const rulesPath = "tweets/search/stream/rules";

/** The app's streams, open and past: X's own cure for connections that it still counts and nobody holds. */
export const connectionsPath = "connections";

/** How far back X can be asked to send posts again, where the access level allows it. */
export const backfillLimit = { minutes: 5 } as const;

/** X sends an empty line at least this often when it has no post. */
export const heartbeatMs = 20_000;

/** How often an app may connect to the stream. */
export const connectLimit = { connects: 50, windowMs: 15 * 60_000 } as const;

/** Most rules in one answer of the rules list. */
export const rulesPageSize = 1000;

/**
 * Which connections may be ended when X counts too many. `auto`: those this process left behind; `all`: whatever holds
 * the app's place; `never`: none, they are waited out.
 */
export const ghostPolicies = ["auto", "never", "all"] as const;
export type GhostPolicy = (typeof ghostPolicies)[number];
