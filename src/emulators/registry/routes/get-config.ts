/** GET /config: the level of every subject that has none of its own. */
import { describeConfig } from "../config-request.ts";
import { type Handler, json } from "../request.ts";

export const getConfig: Handler = (_request, store) =>
  json({ ...describeConfig(store.globalConfig()), compatibilityLevel: store.globalLevel() });
