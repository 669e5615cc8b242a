import { describe, expect, it } from 'vitest';
import { type HistoryInputs, readHistoryInputs } from '../../../src/steps/history/history-inputs.ts';
import { findProblems, inputSources, leastInputs } from '../../job-state/support.ts';

const read = (inputs: Record<string, string>): HistoryInputs =>
  readHistoryInputs(inputSources({ ...leastInputs, ...inputs }));

const refused = (inputs: Record<string, string>) =>
  findProblems(() => read(inputs)).map(({ input }) => input);

describe('the inputs of the history action', () => {
  it('name a command, and what it is about', () => {
    expect(read({ command: 'list' }).command).toEqual({ kind: 'list', limit: 20 });
    expect(read({ command: 'list', limit: '200' }).command).toEqual({ kind: 'list', limit: 200 });
    expect(read({ command: 'diff' }).command).toEqual({ kind: 'diff', from: undefined, to: undefined });
    expect(read({ command: 'diff', from: 'serial:41', to: 'abc' }).command).toEqual({
      kind: 'diff',
      from: { kind: 'serial', serial: 41n },
      to: { kind: 'version', versionId: 'abc' },
    });
    const restores = [
      [{ version: 'abc' }, { kind: 'version', versionId: 'abc' }],
      [{ serial: '18446744073709551615' }, { kind: 'serial', serial: 2n ** 64n - 1n }],
      [{ steps_back: '1' }, { kind: 'steps_back', steps: 1 }],
    ] as const;
    for (const [target, reference] of restores) {
      const { command } = read({ command: 'restore', lock_timeout: '10m', ...target });
      expect(command).toEqual({ kind: 'restore', reference, lockTimeoutMs: 600_000 });
    }
  });

  it.each([
    [{}, ['command']],
    [{ command: 'undo' }, ['command']],
    [{ command: 'list', limit: '0' }, ['limit']],
    [{ command: 'list', limit: '201' }, ['limit']],
    [{ command: 'list', limit: 'all', bucket: '' }, ['bucket', 'limit']],
    [{ command: 'diff', from: 'serial:', to: 'serial:-1' }, ['from', 'to']],
    [{ command: 'diff', from: 'a b' }, ['from']],
    [{ command: 'diff', to: 'é'.repeat(3) }, ['to']],
    [{ command: 'restore' }, ['version']],
    [{ command: 'restore', version: 'a', serial: '7' }, ['serial']],
    [{ command: 'restore', serial: '7', steps_back: '1' }, ['steps_back']],
    [{ command: 'restore', version: 'x'.repeat(1_025) }, ['version']],
    [{ command: 'restore', serial: '07' }, ['serial']],
    [{ command: 'restore', steps_back: '0' }, ['steps_back']],
    [{ command: 'restore', steps_back: '1', lock_timeout: 'soon' }, ['lock_timeout']],
  ])('%j: %j', (inputs, names) => {
    expect(refused(inputs)).toEqual(names);
  });

  it('narrow the session: only a restore may write', () => {
    const role_arn = 'arn:aws:iam::111122223333:role/state';
    const makePolicy = (inputs: Record<string, string>) => {
      const { credentials } = read({ role_arn, ...inputs }).backend.aws;
      return credentials.assumeRole?.policy ?? credentials.webIdentity?.policy ?? '';
    };
    expect(makePolicy({ command: 'diff' })).toContain('s3:ListBucketVersions');
    expect(makePolicy({ command: 'diff' })).not.toMatch(/Put|Delete|dynamodb/);
    expect(makePolicy({ command: 'restore', steps_back: '1' })).toContain('s3:PutObject');
  });
});
