/**
 * What X charges, in millionths of a dollar. Source: X API pricing of pay-per-use, 2026-02; x-api facts 1.8.
 */

/** A post read; the same post again on one UTC day is free. */
export const postReadMicroUsd = 5_000;

/** A user read, which is what an expanded user may be billed as; again free on the same UTC day. */
export const userReadMicroUsd = 10_000;

/** Post reads that pay-per-use allows in a month. */
export const monthlyPostReads = 3_000_000;
