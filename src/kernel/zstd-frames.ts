/**
 * Where one frame of a Zstandard stream ends and the next begins, told from the frames' and blocks' headers without
 * unpacking anything. Spec: RFC 8878, section 3.1.
 */
const frameMagic = 0xfd2fb528;
/** Its lowest four bits are the user's. */
const skippableMagic = 0x184d2a50;

/** What is read next. */
type Step =
  | { readonly kind: "magic" }
  | { readonly kind: "skippable-size" }
  | { readonly kind: "descriptor" }
  | { readonly kind: "block-header" }
  /** Bytes of no interest, then another step; null: the frame is over. */
  | { readonly kind: "pass"; left: number; readonly next: Step | null };

/** Bytes a step needs at once. */
const needs = { magic: 4, "skippable-size": 4, descriptor: 1, "block-header": 3 } as const;

/**
 * The frames, each as the chunks it comes in; skippable ones too. A frame must be read before the next is asked for.
 * What is no frame is given out as one, to the end, so that whoever unpacks it says what is wrong.
 */
export async function* splitZstdFrames(input: AsyncIterable<Buffer>): AsyncGenerator<AsyncIterable<Buffer>> {
  const chunks = input[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  const more = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await chunks.next();
      if (next.done === true) return false;
      rest = next.value;
    }
    return true;
  };

  async function* readFrame(): AsyncGenerator<Buffer> {
    const walk = createFrameWalk();
    while (await more()) {
      const length = walk.advance(rest);
      yield rest.subarray(0, length);
      rest = rest.subarray(length);
      if (walk.isOver) return;
    }
  }

  try {
    while (await more()) yield readFrame();
  } finally {
    await chunks.return?.();
  }
}

interface FrameWalk {
  /** How many of the bytes still belong to the frame. */
  advance(bytes: Buffer): number;
  readonly isOver: boolean;
}

function createFrameWalk(): FrameWalk {
  let step: Step | null = { kind: "magic" };
  let isNoFrame = false;
  let hasChecksum = false;
  const head = Buffer.alloc(4);
  let headLength = 0;

  const stepAfter = (kind: keyof typeof needs): Step | null => {
    switch (kind) {
      case "magic": {
        const magic = head.readUInt32LE(0);
        if (magic === frameMagic) return { kind: "descriptor" };
        if ((magic & 0xfffffff0) >>> 0 === skippableMagic) return { kind: "skippable-size" };
        isNoFrame = true;
        return step;
      }
      case "skippable-size":
        return { kind: "pass", left: head.readUInt32LE(0), next: null };
      case "descriptor": {
        const descriptor = head.readUInt8(0);
        hasChecksum = (descriptor & 0x04) !== 0;
        return { kind: "pass", left: headerBytesAfter(descriptor), next: { kind: "block-header" } };
      }
      case "block-header": {
        const header = head.readUIntLE(0, 3);
        const isLast = (header & 1) === 1;
        const isRunLength = ((header >>> 1) & 3) === 1;
        const left = isRunLength ? 1 : header >>> 3;
        if (!isLast) return { kind: "pass", left, next: { kind: "block-header" } };
        return { kind: "pass", left: left + (hasChecksum ? 4 : 0), next: null };
      }
    }
  };

  return {
    get isOver() {
      return step === null;
    },
    advance(bytes) {
      let at = 0;
      while (step !== null) {
        if (isNoFrame) return bytes.length;
        if (step.kind === "pass") {
          const passed = Math.min(step.left, bytes.length - at);
          step.left -= passed;
          at += passed;
          if (step.left > 0) return at;
          step = step.next;
          continue;
        }
        const taken = bytes.copy(head, headLength, at, at + needs[step.kind] - headLength);
        headLength += taken;
        at += taken;
        if (headLength < needs[step.kind]) return at;
        headLength = 0;
        step = stepAfter(step.kind);
      }
      return at;
    },
  };
}

/** Bytes of the frame's header that follow its descriptor. */
function headerBytesAfter(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] ?? 0;
  return (isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes;
}
