/** DELETE /mode: back to READWRITE; answers what it was. */
import { type Handler, json } from "../request.ts";

export const deleteMode: Handler = (_request, store) => {
  const mode = store.globalMode();
  store.setGlobalMode("READWRITE");
  return json({ mode });
};
