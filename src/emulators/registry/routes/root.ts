/** GET /: an empty object, which clients use to see that a registry answers. */
import { type Handler, json } from "../request.ts";

export const root: Handler = () => json({});
