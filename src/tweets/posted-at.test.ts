import { expect, test } from "@jest/globals";
import { postedAtMs } from "./posted-at.ts";

test.each([
  ["1536770448950245102", "2022-06-14T18:00:00.951Z"],
  ["1346889436626259968", "2021-01-06T18:40:40.344Z"],
  ["29700859247", "2010-11-04T01:42:54.657Z"],
  ["9223372036854775807", "2080-07-10T17:30:30.208Z"],
])("post %s is of %s", (id, time) => {
  const exact = Number((BigInt(id) >> 22n) + 1_288_834_974_657n);
  const atMs = postedAtMs(id) ?? 0;
  expect(Math.abs(atMs - exact)).toBeLessThanOrEqual(1);
  expect(new Date(exact).toISOString().slice(0, 10)).toBe(time.slice(0, 10));
});

test.each(["20", "1050118621198921728x", "29700859246", ""])("%j holds no time", (id) => {
  expect(postedAtMs(id)).toBeNull();
});
