import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printJson } from '../../src/statefile/json-tree.ts';
import { createOutputsReader, type OutputsCheck, type StateOutputs } from '../../src/statefile/outputs.ts';

const HEADER = { version: 4, terraform_version: '1.11.4', serial: 7, lineage: 'l-1' };

/** Writes a text in chunks of `size` bytes, all of it or until the reader has enough. */
function readInPieces(text: string, size: number, untilEnough = false) {
  const reader = createOutputsReader();
  const bytes = Buffer.from(text);
  let read = 0;
  while (read < bytes.length) {
    const enough = reader.write(bytes.subarray(read, read + size));
    read = Math.min(bytes.length, read + size);
    if (enough && untilEnough) break;
  }
  return { result: reader.end(), read, length: bytes.length };
}

function readState(result: OutputsCheck): StateOutputs {
  if (result.kind === 'invalid') throw new Error(`${result.problem}: ${result.detail}`);
  return result.state;
}

function read(text: string): StateOutputs {
  return readState(readInPieces(text, 64 * 1024).result);
}

describe('the outputs of a state', () => {
  it('have value, type and sensitivity', () => {
    const { header, outputs } = read(
      JSON.stringify({
        ...HEADER,
        outputs: {
          url: { value: 'https://x', type: 'string' },
          password: { value: 'p', type: 'string', sensitive: true },
          zones: { value: ['a', 'b'], type: ['list', 'string'] },
        },
        resources: [],
      }),
    );
    expect(header).toEqual({ serial: 7n, lineage: 'l-1', terraformVersion: '1.11.4' });
    expect(Object.fromEntries(outputs)).toEqual({
      url: { value: 'https://x', type: 'string', sensitive: false },
      password: { value: 'p', type: 'string', sensitive: true },
      zones: { value: ['a', 'b'], type: 'list(string)', sensitive: false },
    });
  });

  it('keep every digit of their numbers', () => {
    const numbers = '[12345678901234567890,0.1000000000000000055511151231257827,-0,1E400]';
    const text = `{"version":4,"serial":1,"lineage":"l","terraform_version":"1","outputs":{"n":{"value":${numbers},"type":"dynamic"}}}`;
    const value = read(text).outputs.get('n')?.value ?? null;
    expect(printJson(value)).toBe(numbers);
  });

  it('equal those that real Terraform wrote, for every type', () => {
    const path = join(import.meta.dirname, '../fixtures/states/many-types.tfstate');
    const text = readFileSync(path, 'utf8');
    const written: { outputs: Record<string, { value: unknown }> } = JSON.parse(text);
    const { outputs } = read(text);
    expect([...outputs.keys()]).toEqual(Object.keys(written.outputs));
    for (const [name, output] of outputs) {
      expect(JSON.parse(printJson(output.value)), name).toEqual(written.outputs[name]?.value);
    }
  });

  it('may have names that are special in JavaScript', () => {
    const text = `{"version":4,"serial":1,"lineage":"l","terraform_version":"1","outputs":{"__proto__":{"value":{"constructor":1},"type":"dynamic"}}}`;
    const { outputs } = read(text);
    expect([...outputs.keys()]).toEqual(['__proto__']);
    expect(printJson(outputs.get('__proto__')?.value ?? null)).toBe('{"constructor":1}');
  });

  it('are empty in a state without any', () => {
    expect(read(JSON.stringify({ ...HEADER, resources: [] })).outputs.size).toBe(0);
    expect(read(JSON.stringify({ ...HEADER, outputs: {} })).outputs.size).toBe(0);
  });

  it('are read without the resources, where reading stops', () => {
    const resources = Array(1000).fill({ mode: 'managed', type: 't', name: 'n', instances: [] });
    const outputs = { a: { value: 1, type: 'number' } };
    const {
      result,
      read: bytes,
      length,
    } = readInPieces(JSON.stringify({ ...HEADER, outputs, resources }), 128, true);
    expect(readState(result).outputs.size).toBe(1);
    expect(bytes).toBe(128);
    expect(length).toBeGreaterThan(40_000);
  });

  it('are found at any position, and reading continues while a header field is missing', () => {
    const text = `{"outputs":{"a":{"value":1,"type":"number"}},"resources":[],"version":4,"serial":3,"lineage":"l"}`;
    const { result } = readInPieces(text, 1, true);
    expect(readState(result).header.serial).toBe(3n);
  });

  it.each([
    ['', 'empty'],
    ['{"version":4', 'truncated'],
    ['{"version":4,"outputs":{"a"', 'truncated'],
    ['[]', 'malformed'],
    ['{"version":4]', 'not_json'],
    ['{"version":3,"outputs":{}}', 'not_version_4'],
    ['{"serial":1,"lineage":"l","encrypted_data":"x"}', 'encrypted'],
    ['{"version":4,"outputs":[]}', 'malformed'],
    ['{"version":4,"outputs":{"a":1}}', 'malformed'],
  ])('%s is refused as %s', (text, problem) => {
    expect(readInPieces(text, 64).result).toMatchObject({ kind: 'invalid', problem });
  });

  it('preserve any JSON value, in any chunks', () => {
    const check = (value: unknown, size: number, indent: number) => {
      const text = JSON.stringify({ ...HEADER, outputs: { o: { value, type: 'dynamic' } } }, null, indent);
      const found = readState(readInPieces(text, size).result).outputs.get('o')?.value ?? null;
      expect(JSON.parse(printJson(found))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(JSON.parse(printJson(found, 2))).toEqual(JSON.parse(JSON.stringify(value)));
    };
    fc.assert(fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 2), check));
  });
});

describe('a type', () => {
  it.each([
    ['"string"', 'string'],
    ['["map",["list","number"]]', 'map(list(number))'],
    ['["object",{"a":"string","b":["set","bool"]}]', 'object({ a = string, b = set(bool) })'],
    ['["object",{}]', 'object({})'],
    ['["tuple",["bool","dynamic","string"]]', 'tuple([bool, dynamic, string])'],
    ['["unheard-of",1]', 'dynamic'],
    ['null', 'dynamic'],
  ])('%s is %s', (type, name) => {
    const text = `{"version":4,"outputs":{"o":{"value":null,"type":${type}}}}`;
    expect(read(text).outputs.get('o')?.type).toBe(name);
  });
});
