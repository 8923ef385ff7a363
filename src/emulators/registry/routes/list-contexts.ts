/** GET /contexts: the default context, and each that ever held a schema. */
import { cutPage, type Handler, json } from "../request.ts";

export const listContexts: Handler = (request, store) => json(cutPage(request, store.contexts()));
