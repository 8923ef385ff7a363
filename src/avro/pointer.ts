/**
 * JSON pointers (RFC 6901): how a place in a schema or in a value is named. "" is the whole.
 */
export function childPointer(parent: string, segment: string | number): string {
  if (typeof segment === "number" || !/[~/]/.test(segment)) return `${parent}/${segment}`;
  return `${parent}/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The pointer for a person: "the root" in place of the empty text. */
export function describePointer(pointer: string): string {
  return pointer === "" ? "the root" : pointer;
}
