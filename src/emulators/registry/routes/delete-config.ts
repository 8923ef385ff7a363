/** DELETE /config: back to the default; answers what it was. */
import { describeConfig } from "../config-request.ts";
import { type Handler, json } from "../request.ts";

export const deleteConfig: Handler = (_request, store) => {
  const old = { ...describeConfig(store.globalConfig()), compatibilityLevel: store.globalLevel() };
  store.setGlobalConfig(null);
  return json(old);
};
