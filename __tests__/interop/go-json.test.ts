import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { goJsonString } from '../../src/backend/records/go-json.ts';
import { terraformJsonStrings } from '../support/go-json.ts';

const awkward = fc.constantFrom(
  '<',
  '>',
  '&',
  '"',
  '\\',
  '/',
  '\b',
  '\f',
  '\n',
  '\r',
  '\t',
  '\u0000',
  '\u001f',
  '\u007f',
  '\u0085',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\ufffd',
  '\uffff',
  'é',
  '😀',
  '${',
  '%{',
  'a',
  ' ',
);
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(awkward, { maxLength: 20 }).map((pieces) => pieces.join('')),
);

describe.skipIf(inject('terraform') === undefined)('the real terraform', () => {
  it('writes every text to JSON exactly as we do', async () => {
    // Terraform normalises every string to NFC before it writes it, which has nothing to do with JSON.
    const sample = fc.sample(texts, 3_000).map((text) => text.normalize('NFC'));
    const theirs = await terraformJsonStrings(sample);
    expect(theirs.length).toBe(sample.length);
    for (const [index, text] of sample.entries()) expect(goJsonString(text)).toBe(theirs[index]);
  });
});
