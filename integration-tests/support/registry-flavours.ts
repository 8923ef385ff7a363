/**
 * Registries are different products: what a test has to know of each kind. BIRDWIRE_REGISTRY_FLAVOUR names the kind
 * that the image in BIRDWIRE_REGISTRY_IMAGE holds.
 */
export const registryFlavours = {
  confluent: { basePath: "" },
  apicurio: { basePath: "/apis/ccompat/v7" },
} as const;
export type RegistryFlavour = keyof typeof registryFlavours;

/** The flavour of that name; Confluent's for none. Throws when there is no such flavour. */
export function readRegistryFlavour(name = process.env.BIRDWIRE_REGISTRY_FLAVOUR ?? ""): RegistryFlavour {
  if (name === "") return "confluent";
  if (name === "confluent" || name === "apicurio") return name;
  throw new Error(`there is no registry flavour ${name}, only ${Object.keys(registryFlavours).join(", ")}`);
}
