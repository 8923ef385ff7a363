/** GET /contexts: the default context, and each that ever held a schema. */
import { type Handler, json } from "../request.ts";

export const listContexts: Handler = (_request, store) => json(store.contexts());
