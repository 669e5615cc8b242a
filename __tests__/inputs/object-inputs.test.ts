import { describe, expect, it } from 'vitest';
import { maskGivenKeys } from '../../src/inputs/mask-given-keys.ts';
import { readObjectOptions } from '../../src/inputs/object-inputs.ts';
import { createInputReader } from '../../src/runner/inputs.ts';
import { inputEnv } from '../job-state/support.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');
const UUID = '12345678-1234-4234-8234-123456789012';

function read(inputs: Record<string, string>, variables: Record<string, string> = {}) {
  const reader = createInputReader({ ...variables, ...inputEnv(inputs) });
  const warnings: string[] = [];
  return { objects: readObjectOptions(reader, warnings), problems: reader.problems, warnings };
}

describe('sse_customer_key', () => {
  it('comes from the input, else from AWS_SSE_CUSTOMER_KEY', () => {
    const variables = { AWS_SSE_CUSTOMER_KEY: OTHER_KEY };
    expect(read({ encrypt: 'true', sse_customer_key: KEY }, variables).objects.customerKey).toBe(KEY);
    const { objects, problems, warnings } = read({ encrypt: 'true' }, variables);
    expect(objects).toEqual({ encrypt: true, kmsKeyId: undefined, customerKey: OTHER_KEY, acl: undefined });
    expect([problems, warnings]).toEqual([[], []]);
  });

  it.each([
    ['43 characters', KEY.slice(1)],
    ['45 characters', `A${KEY}`],
    ['44 that are no base64', `!${KEY.slice(1)}`],
    ['33 bytes', Buffer.alloc(33, 7).toString('base64')],
    ['31 bytes', Buffer.alloc(31, 7).toString('base64')],
  ])('with %s is refused and never shown', (_, key) => {
    for (const { problems } of [
      read({ encrypt: 'true', sse_customer_key: key }),
      read({ encrypt: 'true' }, { AWS_SSE_CUSTOMER_KEY: key }),
    ]) {
      expect(problems).toHaveLength(1);
      expect(problems[0]?.input).toBe('sse_customer_key');
      expect(problems[0]?.fix).toContain('44 characters');
      expect(JSON.stringify(problems)).not.toContain(key);
    }
  });

  it('is refused beside kms_key_id, also from the variable, which the error names', () => {
    const inputs = { encrypt: 'true', kms_key_id: UUID };
    const [problem] = read(inputs, { AWS_SSE_CUSTOMER_KEY: KEY }).problems;
    expect(problem?.fix).toBe(
      'it comes from AWS_SSE_CUSTOMER_KEY; S3 encrypts with one key only: remove this or kms_key_id',
    );
    expect(read({ ...inputs, sse_customer_key: KEY }).problems).toHaveLength(1);
  });

  it('is masked, whatever its source', () => {
    const masked: string[] = [];
    const runner = { mask: (value: string) => void masked.push(value) };
    maskGivenKeys({ ...inputEnv({ sse_customer_key: KEY }), AWS_SSE_CUSTOMER_KEY: OTHER_KEY }, runner);
    expect(masked).toEqual([KEY, OTHER_KEY]);
  });

  it('has no effect without encrypt, in Terraform as here', () => {
    expect(read({ sse_customer_key: KEY }).warnings).toEqual([
      'sse_customer_key has no effect without encrypt: true, as in Terraform.',
    ]);
  });
});

describe('state_tags and lock_tags', () => {
  const tooMany = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, 'v']));

  it('are lines or JSON, and become a header', () => {
    expect(read({ state_tags: 'team=net\ncost center = 7', lock_tags: '{"a": "ü"}' }).objects).toMatchObject({
      stateTags: 'team=net&cost%20center=7',
      lockTags: 'a=%C3%BC',
    });
    expect(read({}).objects).toMatchObject({ stateTags: undefined, lockTags: undefined });
  });

  it.each([
    ['no pair', 'team', 'one key=value per line'],
    ['no JSON of strings', '{"a": 1}', 'JSON object of strings'],
    ['more than S3 takes', JSON.stringify(tooMany), 'at most 10 tags'],
    ['a key twice', 'a=1\na=2', '"a" is there twice'],
    ['an empty key', '{"": "x"}', '1 to 128 characters'],
    ['a long key', `${'k'.repeat(129)}=x`, '1 to 128 characters'],
    ['a long value', `k=${'v'.repeat(257)}`, 'shorten the value of "k" to 256'],
    ["a key of AWS's", 'aws:team=x', 'rename "aws:team"'],
    ['a character that S3 refuses', 'team=<net>', 'in "team", use only letters'],
  ])('%s is refused before anything is touched', (_, value, fix) => {
    for (const input of ['state_tags', 'lock_tags']) {
      const { problems } = read({ [input]: value });
      expect(problems).toEqual([expect.objectContaining({ input, fix: expect.stringContaining(fix) })]);
    }
  });
});
