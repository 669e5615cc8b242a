/** The bytes that JSON escapes stand for, so a text reads the same with and without them. */
export interface Escapes {
  /** Takes a byte after a backslash, or after `\u`. */
  take(byte: number): 'more' | 'done' | 'invalid';
  /** Ends a surrogate that no escape has completed, because other characters follow. */
  finish(): void;
}

/** By the byte after the backslash: the byte that the escape stands for. */
const NAMED: readonly (Buffer | undefined)[] = namedEscapes({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
});
const LETTER_U = 0x75;
const HEX_DIGITS = 4;

/** `emit` gets UTF-8. A surrogate without its partner comes as three separate bytes. */
export function createEscapes(emit: (bytes: Buffer) => void): Escapes {
  let digits = -1;
  let unit = 0;
  let high: number | undefined;

  const flush = (): void => {
    if (high === undefined) return;
    emit(encodeUnit(high));
    high = undefined;
  };
  const finish = (code: number): 'done' => {
    digits = -1;
    if (high !== undefined && isLow(code)) {
      emit(Buffer.from(String.fromCharCode(high, code)));
      high = undefined;
      return 'done';
    }
    flush();
    if (isHigh(code)) high = code;
    else emit(encodeUnit(code));
    return 'done';
  };
  const named = (byte: number): 'more' | 'done' | 'invalid' => {
    if (byte === LETTER_U) {
      digits = 0;
      unit = 0;
      return 'more';
    }
    const stands = NAMED[byte];
    if (stands === undefined) return 'invalid';
    flush();
    emit(stands);
    return 'done';
  };
  return {
    finish: flush,
    take(byte) {
      if (digits < 0) return named(byte);
      const digit = hexValue(byte);
      if (digit === undefined) return 'invalid';
      unit = unit * 16 + digit;
      digits += 1;
      return digits === HEX_DIGITS ? finish(unit) : 'more';
    },
  };
}

function namedEscapes(names: Readonly<Record<string, string>>): (Buffer | undefined)[] {
  const table: (Buffer | undefined)[] = new Array(128).fill(undefined);
  for (const [name, stands] of Object.entries(names)) table[name.charCodeAt(0)] = Buffer.from(stands);
  return table;
}

function encodeUnit(unit: number): Buffer {
  if (!isHigh(unit) && !isLow(unit)) return Buffer.from(String.fromCharCode(unit));
  return Buffer.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function hexValue(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}
