/**
 * What reading from X costs. Spec: X API pay-per-use prices since 2026-02-06: $0.005 for a post read, $0.010 for a user
 * read, each post and user once a UTC day. Estimates: X's own bill decides.
 */
/** What was read from X, as it is billed. */
export interface Reads {
  posts: number;
  users: number;
}

/** In thousandths of a dollar, for a post read and a user read. */
export const prices = { post: 5, user: 10 } as const;

/** Post reads that pay-per-use allows in a month. */
export const monthlyPostReads = 3_000_000;

/** In thousandths of a dollar. */
export function costOf({ posts, users }: Readonly<Reads>): number {
  return posts * prices.post + users * prices.user;
}

/** `$5.00`, `$0.005`: cents, and a tenth of one where there is one. */
export function formatMills(mills: number): string {
  return `$${(mills / 1000).toFixed(mills % 10 === 0 ? 2 : 3)}`;
}
