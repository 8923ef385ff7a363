/**
 * The bodies of X's refusals, field by field as they come over the wire. Source: x-api facts 1.5 and 1.6.
 */
const problemBase = "https://api.twitter.com/2/problems";

export interface Problem {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface InvalidParameter {
  readonly message: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
}

export function problemType(name: string): string {
  return `${problemBase}/${name}`;
}

export const unauthorized: Problem = {
  status: 401,
  body: { title: "Unauthorized", type: "about:blank", status: 401, detail: "Unauthorized" },
};

export const notFound: Problem = {
  status: 404,
  body: { title: "Not Found", type: "about:blank", status: 404, detail: "Not Found" },
};

export const unsupportedAuthentication: Problem = {
  status: 403,
  body: {
    title: "Unsupported Authentication",
    detail:
      "Authenticating with this kind of credential is forbidden for this endpoint. Supported authentication types are [OAuth 2.0 Application-Only].",
    type: problemType("unsupported-authentication"),
    status: 403,
  },
};

/** [unv] the body: users report the title alone. */
export const creditsDepleted: Problem = {
  status: 402,
  body: {
    title: "CreditsDepleted",
    detail: "Your enrolled account does not have any credits to fulfill this request.",
    type: "about:blank",
    status: 402,
  },
};

export function usageCapExceeded(accountId: string): Problem {
  return {
    status: 429,
    body: {
      title: "UsageCapExceeded",
      detail: "Usage cap exceeded: Monthly product cap",
      period: "Monthly",
      scope: "Product",
      account_id: accountId,
      product_name: "filtered-stream",
      type: problemType("usage-capped"),
    },
  };
}

export const tooManyRequests: Problem = {
  status: 429,
  body: { title: "Too Many Requests", detail: "Too Many Requests", type: "about:blank", status: 429 },
};

export const noRules: Problem = {
  status: 409,
  body: {
    title: "ConnectionException",
    detail:
      "You must define rules and filters for this stream before connecting; add a rule through the rules endpoint first.",
    connection_issue: "RuleConfigurationIssue",
    type: problemType("streaming-connection"),
  },
};

export const tooManyConnections: Problem = {
  status: 429,
  body: {
    title: "ConnectionException",
    detail: "This stream is currently at the maximum allowed connection limit.",
    connection_issue: "TooManyConnections",
    type: problemType("streaming-connection"),
  },
};

export function invalidRequest(errors: readonly InvalidParameter[]): Problem {
  return {
    status: 400,
    body: {
      errors,
      title: "Invalid Request",
      detail: "One or more parameters to your request was invalid.",
      type: problemType("invalid-request"),
    },
  };
}
