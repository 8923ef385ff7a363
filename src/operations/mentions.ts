/**
 * Whether bytes hold a post's id: as the post itself, or as one that refers to it.
 */
const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** In text a longer number is another id. */
export function textMentions(text: Buffer, id: Buffer): boolean {
  for (let at = text.indexOf(id); at !== -1; at = text.indexOf(id, at + 1)) {
    if (!isDigit(text[at - 1]) && !isDigit(text[at + id.length])) return true;
  }
  return false;
}

/** In binary data a length may look like a digit, so this may say yes too often, and never no too often. */
export function bytesMention(bytes: Buffer, id: Buffer): boolean {
  return bytes.includes(id);
}
