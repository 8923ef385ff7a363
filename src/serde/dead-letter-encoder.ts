/**
 * The encoder of dead letters, whose schema has several versions: all of them are registered, in their order, so that
 * a registry numbers them as the files are numbered.
 */
import { type DeadLetterInput, DeadLetterSchema, DeadLetterVersions } from "../generated/dead-letter.ts";
import { createEncoder, type EncoderOptions, type EncoderRegistry, type RecordEncoder } from "./encoder.ts";
import { registerEarlierVersions } from "./register-versions.ts";

export interface DeadLetterEncoderOptions extends EncoderOptions {
  readonly level: string;
}

/** Throws as createEncoder. */
export async function createDeadLetterEncoder(
  registry: EncoderRegistry,
  options: DeadLetterEncoderOptions,
): Promise<RecordEncoder<DeadLetterInput>> {
  const { subject, level, register } = options;
  if (register === "auto") {
    await registerEarlierVersions(registry, subject, {
      versions: DeadLetterVersions,
      schema: DeadLetterSchema,
      level,
    });
  }
  return await createEncoder(registry, DeadLetterSchema, options);
}
