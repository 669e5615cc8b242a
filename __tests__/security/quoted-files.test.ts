import { describe, expect, it } from 'vitest';
import { createInputReader } from '../../src/runner/inputs.ts';

describe('what an error quotes of a file', () => {
  it.each(['region', 'retry_mode', 'insecure'])('is at most 40 characters: %s', (input) => {
    const secret = `-----BEGIN PRIVATE KEY-----${'x'.repeat(2_000)}`;
    const settings = new Map([[input, { text: secret, from: 'infra/main.tf:3' }]]);
    const reader = createInputReader({}, { settings, problems: [], unread: new Set(), folder: undefined });
    reader.reject(input, secret, 'correct it');
    expect(reader.problems[0]?.value).toBe(`${secret.slice(0, 40)}...`);
    expect(reader.problems[0]?.fix).toBe('it comes from infra/main.tf:3; correct it');
  });
});
