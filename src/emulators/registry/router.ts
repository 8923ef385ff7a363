/**
 * From a request's method and path to a route of coverage.ts and its parameters.
 */
import { type Method, notEmulated, type RouteName, routes } from "./coverage.ts";
import { refuse } from "./refusal.ts";

export interface RouteMatch {
  readonly name: RouteName;
  readonly params: Readonly<Record<string, string>>;
}

interface CompiledRoute {
  readonly name: RouteName;
  readonly method: Method;
  readonly segments: readonly string[];
}

const compiled: readonly CompiledRoute[] = (Object.keys(routes) as RouteName[]).map((name) => ({
  name,
  method: routes[name].method,
  segments: splitPath(routes[name].path),
}));

/** Throws Refusal: 404 for an unknown path, 405 for a known one with another method. */
export function matchRoute(method: string, path: string): RouteMatch {
  const segments = splitPath(path);
  let known = false;
  for (const route of compiled) {
    const params = matchSegments(route.segments, segments);
    if (params === null) continue;
    if (route.method === method) return { name: route.name, params };
    known = true;
  }
  const first = segments[0] ?? "";
  if (!known && notEmulated.some((name) => name === first)) throw refuse.notEmulated(path);
  throw known ? refuse.wrongMethod() : refuse.unknownRoute();
}

function splitPath(path: string): readonly string[] {
  const segments = path.split("/").slice(1);
  if (segments.at(-1) === "") segments.pop();
  return segments;
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (!expected.startsWith("{")) {
      if (segment !== expected) return null;
      continue;
    }
    const value = decodeSegment(segment);
    if (value === null || value === "") return null;
    params[expected.slice(1, -1)] = value;
  }
  return params;
}

function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
