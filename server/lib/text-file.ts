// Text files that people write, with whatever editor: read whole, or refused with what to do. Machines' own files are in files.ts.
import { readFileSync } from 'node:fs';

/** A file that cannot be read as text; the message names it and says what to do. */
export class UnreadableText extends Error {}

const marks = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
];

/** The text of `path`: UTF-8, or what its byte order mark says; without the mark, lines ended by `\n`. Throws UnreadableText, and the system's error. */
export function readTextFile(path: string): string {
  const bytes = readFileSync(path);
  const mark = marks.find((each) => each.bytes.every((byte, i) => bytes[i] === byte));
  try {
    const text = new TextDecoder(mark?.encoding ?? 'utf-8', { fatal: true }).decode(bytes); // drops the mark
    // UTF-16 without a mark, or no text at all.
    if (!text.includes('\0')) return text.replaceAll(/\r\n?/g, '\n');
  } catch {
    // told below
  }
  throw new UnreadableText(`${path} is not text in UTF-8. Save it again with the encoding UTF-8.`);
}
