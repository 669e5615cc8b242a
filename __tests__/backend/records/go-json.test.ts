import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { goJsonString } from '../../../src/backend/records/go-json.ts';

const Vectors = v.array(v.object({ text: v.string(), json: v.string() }));
/** Recorded from the real terraform by scripts/record-go-json-vectors.ts. */
const FILE = join(import.meta.dirname, '../../fixtures/go-json-vectors.json');
const vectors = v.parse(Vectors, JSON.parse(readFileSync(FILE, 'utf8')));

describe("a JSON string as Go's encoding/json writes it", () => {
  it.each(vectors)('equals byte for byte what terraform wrote for $text', ({ text, json }) => {
    expect(Buffer.from(goJsonString(text))).toEqual(Buffer.from(json));
  });

  it('is tested with vectors that cover what JSON.stringify writes differently', () => {
    const recorded = vectors.map(({ json }) => json).join('');
    for (const written of ['\\u003c', '\\u003e', '\\u0026', '\\u2028', '\\u2029', '\\b', '\\f', '\\u001f']) {
      expect(recorded).toContain(written);
    }
    for (const raw of ['\u007f', 'é', '😀', '/']) expect(recorded).toContain(raw);
  });

  it("has U+FFFD in place of lone surrogates, which Go can't represent", () => {
    expect(goJsonString('a\ud800b\udc00')).toBe('"a\ufffdb\ufffd"');
  });

  it('parses to the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(goJsonString(text))).toBe(text);
      }),
    );
  });

  it('never contains a character that Go escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that Go escapes
        expect(goJsonString(text)).not.toMatch(/[<>&\u0000-\u001f\u2028\u2029]/);
      }),
    );
  });
});
