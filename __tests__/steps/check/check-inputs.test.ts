import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/inputs/hold-inputs.ts';
import { type CheckInputs, readCheckInputs } from '../../../src/steps/check/check-inputs.ts';
import { inputEnv, job, leastInputs } from '../../job-state/support.ts';

const PRINT = '0a'.repeat(32);
const ROLE = 'arn:aws:iam::111122223333:role/state';

const read = (inputs: Record<string, string>): CheckInputs =>
  readCheckInputs(inputEnv({ ...leastInputs, fingerprint: PRINT, ...inputs }), job, undefined);

function refused(inputs: Record<string, string>): string[] {
  try {
    read(inputs);
    return [];
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ input }) => input);
    throw error;
  }
}

describe('the inputs of the check action', () => {
  it('need a state and what it was', () => {
    expect(read({})).toMatchObject({ fingerprint: PRINT, warnings: [] });
    expect(read({ fingerprint: 'no-state', dynamodb_table: '' }).backend.table).toBeUndefined();
  });

  it.each(['', '7', 'any', '0A'.repeat(32)])('%j is no fingerprint', (fingerprint) => {
    expect(refused({ fingerprint })).toEqual(['fingerprint']);
    expect(refused({ fingerprint, bucket: '' }).sort()).toEqual(['bucket', 'fingerprint']);
  });

  it('a session is narrowed to reading the state and its digest', () => {
    const { credentials } = read({ role_arn: ROLE }).backend.aws;
    const policy = credentials.assumeRole?.policy ?? credentials.webIdentity?.policy ?? '';
    expect(policy).toContain('s3:GetObject');
    expect(policy).not.toMatch(/Put|Delete|tflock|rescue/);
  });
});
