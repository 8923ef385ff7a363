/** PUT /config: answers all that is set then. */
import { describeUpdate, readConfig } from "../config-request.ts";
import { type Handler, json, readBody } from "../request.ts";

export const putConfig: Handler = (request, store) => {
  store.setGlobalConfig(readConfig(readBody(request), store.globalConfig()));
  return json({ ...describeUpdate(store.globalConfig()), compatibility: store.globalLevel() });
};
