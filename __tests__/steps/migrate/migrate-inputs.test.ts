import { describe, expect, it } from 'vitest';
import { readMigrateInputs } from '../../../src/steps/migrate/migrate-inputs.ts';
import { findProblems, inputSources } from '../../job-state/support.ts';

const WHERE = { bucket: 'states', region: 'eu-west-1', dynamodb_table: 'locks', command: 'report' };

const read = (inputs: Record<string, string>) => readMigrateInputs(inputSources({ ...WHERE, ...inputs }));

describe('the inputs of migrate/', () => {
  it('cover the whole bucket, both locks and the last seven days by default', () => {
    expect(read({})).toMatchObject({
      prefix: '',
      command: { kind: 'report', depth: 'full' },
      quietForMs: 604_800_000,
      backend: { table: 'locks', useLockfile: true },
    });
    expect(read({ quiet_for: '1d12h' }).quietForMs).toBe(129_600_000);
    expect(read({ command: 'finish', allow_unknown: '# ours\na,b.tfstate\nenv=prod/*\n' }).command).toEqual({
      kind: 'finish',
      allowUnknown: ['a,b.tfstate', 'env=prod/*'],
    });
  });

  it.each([
    [{ command: '' }, [['command', undefined]]],
    [{ command: 'start' }, [['command', 'start']]],
    [{ dynamodb_table: '' }, [['dynamodb_table', undefined]]],
    [{ bucket: '' }, [['bucket', undefined]]],
    [{ key: 'a.tfstate' }, [['key', 'a.tfstate']]],
    [{ key_prefix: '/apps/' }, [['key_prefix', '/apps/']]],
    [{ quiet_for: 'a week' }, [['quiet_for', 'a week']]],
    [{ quiet_for: '-1h' }, [['quiet_for', '-1h']]],
    [{ depth: 'deep' }, [['depth', 'deep']]],
    [{ allow_unknown: 'a.tfstate\n\nb.tfstate' }, [['allow_unknown', '']]],
  ])('refuse %j before any call', (inputs, problems) => {
    expect(findProblems(() => read(inputs)).map(({ input, value }) => [input, value])).toEqual(problems);
  });

  it('only the session of finish may write', () => {
    const role = { role_arn: 'arn:aws:iam::123456789012:role/r', access_key: 'AKIAEXAMPLE', secret_key: 's' };
    const readPolicy = (inputs: Record<string, string>) =>
      read({ ...role, key_prefix: 'apps/', ...inputs }).backend.aws.credentials.assumeRole?.policy ?? '';
    expect(readPolicy({})).toContain('dynamodb:Scan');
    expect(readPolicy({ command: 'dual' })).not.toMatch(/Delete|Put/);
    expect(readPolicy({ command: 'finish' })).toContain('dynamodb:DeleteItem');
  });
});
