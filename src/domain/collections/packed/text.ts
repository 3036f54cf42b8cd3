import { type Cursor, readNumber, type Writer, writeNumber } from './bytes.js';

/** Encodings of a text: a UUID in 16 bytes, others in one byte per code unit if that suffices, else in two. */
const Form = { uuid: 0, narrow: 1, wide: 2 } as const;

const uuidLength = 36;
const uuidBytes = 16;
const dash = 0x2d;

/** Value of a lower-case hexadecimal digit by its code, -1 for anything else. */
const digits = new Int8Array(128).fill(-1);
for (let value = 0; value < 16; value++) digits[value.toString(16).charCodeAt(0)] = value;

/** Packs a text. Any text, even with half a surrogate pair, is read back unchanged; equal texts have equal bytes. */
export function writeText(writer: Writer, text: string): void {
  if (text.length === uuidLength && writeUuid(writer, text)) return;
  const start = writer.at;
  writeNumber(writer, text.length * 4 + Form.narrow);
  writer.reserve(text.length * 2);
  const { bytes } = writer;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) {
      writer.at = start;
      writeWide(writer, text);
      return;
    }
    bytes[writer.at++] = code;
  }
}

function writeWide(writer: Writer, text: string): void {
  writeNumber(writer, text.length * 8 + Form.wide);
  writer.reserve(text.length * 2);
  writer.at += writer.bytes.write(text, writer.at, 'utf16le');
}

/** Writes a UUID in lower case; for another text returns false and writes nothing. */
function writeUuid(writer: Writer, text: string): boolean {
  const start = writer.at;
  writeNumber(writer, uuidBytes * 4 + Form.uuid);
  writer.reserve(uuidBytes);
  const { bytes } = writer;
  for (let i = 0; i < uuidLength; ) {
    const code = text.charCodeAt(i);
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (code !== dash) break;
      i++;
      continue;
    }
    const byte = ((digits[code] ?? -1) << 4) | (digits[text.charCodeAt(i + 1)] ?? -1);
    if (byte < 0) break;
    bytes[writer.at++] = byte;
    i += 2;
  }
  if (writer.at === start + 1 + uuidBytes) return true;
  writer.at = start;
  return false;
}

export function readText(cursor: Cursor): string {
  const head = readNumber(cursor);
  const start = cursor.at;
  cursor.at += head >>> 2;
  const form = head & 3;
  if (form === Form.narrow) return cursor.bytes.toString('latin1', start, cursor.at);
  if (form === Form.wide) return cursor.bytes.toString('utf16le', start, cursor.at);
  return readUuid(cursor.bytes, start);
}

/** Reused for every UUID: the dashes stay in place. */
const uuid = Buffer.from('00000000-0000-0000-0000-000000000000');
const digitCodes = Buffer.from('0123456789abcdef');

/** Makes the text in one piece: texts joined from slices cost more memory, and keep the text they were sliced from. */
function readUuid(bytes: Buffer, start: number): string {
  let at = 0;
  for (let i = 0; i < uuidBytes; i++) {
    const byte = bytes[start + i] ?? 0;
    uuid[at++] = digitCodes[byte >>> 4] ?? 0;
    uuid[at++] = digitCodes[byte & 0xf] ?? 0;
    if (i === 3 || i === 5 || i === 7 || i === 9) at++;
  }
  return uuid.toString('latin1');
}

export function skipText(cursor: Cursor): void {
  const head = readNumber(cursor);
  cursor.at += head >>> 2;
}
