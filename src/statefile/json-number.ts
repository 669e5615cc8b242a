/** The position of the last byte in a number (RFC 8259). */
export type NumberState =
  | 'start'
  | 'minus'
  | 'zero'
  | 'whole'
  | 'dot'
  | 'fraction'
  | 'e'
  | 'sign'
  | 'exponent';

type ByteClass = 'zero' | 'digit' | 'minus' | 'plus' | 'dot' | 'e';

const NEXT: Readonly<Record<NumberState, Partial<Record<ByteClass, NumberState>>>> = {
  start: { minus: 'minus', zero: 'zero', digit: 'whole' },
  minus: { zero: 'zero', digit: 'whole' },
  zero: { dot: 'dot', e: 'e' },
  whole: { zero: 'whole', digit: 'whole', dot: 'dot', e: 'e' },
  dot: { zero: 'fraction', digit: 'fraction' },
  fraction: { zero: 'fraction', digit: 'fraction', e: 'e' },
  e: { zero: 'exponent', digit: 'exponent', minus: 'sign', plus: 'sign' },
  sign: { zero: 'exponent', digit: 'exponent' },
  exponent: { zero: 'exponent', digit: 'exponent' },
};
const COMPLETE: ReadonlySet<NumberState> = new Set(['zero', 'whole', 'fraction', 'exponent']);

/** The position after one more byte; undefined when that byte is not part of the number. */
export function nextNumberState(state: NumberState, byte: number): NumberState | undefined {
  const found = classifyNumber(byte);
  return found === undefined ? undefined : NEXT[state][found];
}

/** Whether a number may end here. */
export function isCompleteNumber(state: NumberState): boolean {
  return COMPLETE.has(state);
}

function classifyNumber(byte: number): ByteClass | undefined {
  if (byte === 0x30) return 'zero';
  if (byte > 0x30 && byte <= 0x39) return 'digit';
  if (byte === 0x2d) return 'minus';
  if (byte === 0x2b) return 'plus';
  if (byte === 0x2e) return 'dot';
  return byte === 0x65 || byte === 0x45 ? 'e' : undefined;
}
