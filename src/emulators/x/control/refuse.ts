/**
 * How the control port says no: in X's form, with a sentence that says what to do.
 */
import type { Reply } from "../exchange.ts";

export function refuse(detail: string, status: 400 | 404 | 405 = 400): Reply {
  const titles = { 400: "Invalid Request", 404: "Not Found", 405: "Method Not Allowed" } as const;
  return { status, body: { title: titles[status], status, detail } };
}
