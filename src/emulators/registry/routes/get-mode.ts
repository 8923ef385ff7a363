/** GET /mode: the mode of every subject that has none of its own. */
import { type Handler, json } from "../request.ts";

export const getMode: Handler = (_request, store) => json({ mode: store.globalMode() });
