import { describe, expect, it } from 'vitest';
import { readOutputsInputs } from '../../../src/steps/outputs/outputs-inputs.ts';
import { findProblems, inputSources, leastInputs } from '../../job-state/support.ts';

const read = (inputs: Record<string, string> = {}, env: Record<string, string> = {}) =>
  readOutputsInputs(inputSources({ ...leastInputs, ...inputs }, env));

const listProblems = (inputs: Record<string, string>, env: Record<string, string> = {}) =>
  findProblems(() => read(inputs, env)).map(({ input, value }) => [input, value]);

const listKeys = (inputs: Record<string, string>, env: Record<string, string> = {}) =>
  read(inputs, env).backends.map(({ address }) => address.objectKey);

describe('the inputs of the outputs action', () => {
  it('have defaults that read everything and show nothing sensitive', () => {
    expect(read()).toMatchObject({
      listedBy: undefined,
      select: [],
      allowMissing: false,
      sensitive: 'omit',
      envPrefix: undefined,
      compare: undefined,
    });
  });

  it('lists have one entry a line, commas, or are JSON, and drop duplicates', () => {
    expect(read({ select: 'a, b*\n\n  c ,a' }).select).toEqual(['a', 'b*', 'c']);
    expect(read({ select: '["a", "b*", "a"]' }).select).toEqual(['a', 'b*']);
    expect(listKeys({ workspaces: '["staging", "default"]' })).toEqual([
      'env:/staging/k/app.tfstate',
      'k/app.tfstate',
    ]);
    expect(listProblems({ workspaces: '[1]' })).toEqual([['workspaces', '[1]']]);
  });

  it('workspaces name a state each and override TF_WORKSPACE', () => {
    const env = { TF_WORKSPACE: 'else where' };
    expect(listKeys({ workspaces: 'staging, default\nproduction' }, env)).toEqual([
      'env:/staging/k/app.tfstate',
      'k/app.tfstate',
      'env:/production/k/app.tfstate',
    ]);
    expect(read({ workspaces: 'staging' }).listedBy).toBe('workspaces');
    expect(listKeys({}, { TF_WORKSPACE: 'dev' })).toEqual(['env:/dev/k/app.tfstate']);
  });

  it('states name a state each, by key and optional workspace', () => {
    const states = 'network=network/app.tfstate\n dns = d.tfstate  workspace=eu\nodd=a=b c\n';
    const given = read({ key: '', workspace: 'dev', states });
    expect(given).toMatchObject({ listedBy: 'states', names: ['network', 'dns', 'odd'] });
    expect(given.backends.map(({ address }) => address.objectKey)).toEqual([
      'env:/dev/network/app.tfstate',
      'env:/eu/d.tfstate',
      'env:/dev/a=b c',
    ]);
  });

  it.each([
    ['a.tfstate', [['states', 'a.tfstate']]],
    ['a=k\nb=k', [['states', 'b=k']]],
    ['a=/k', [['states', 'a=/k']]],
    ['a=k workspace=..', [['states', 'a=k workspace=..']]],
  ])("states %j can't be used", (states, problems) => {
    expect(listProblems({ key: '', states })).toEqual(problems);
  });

  it('states locate all states, and defaults then name their state', () => {
    const states = 'a=k';
    expect(listProblems({ states, workspaces: 'x', compare_workspace: 'y', compare_key: 'z' })).toEqual([
      ['states', 'a=k'],
      ['key', 'k/app.tfstate'],
      ['compare_key', 'z'],
      ['compare_workspace', 'y'],
    ]);
    const defaults = '{"a.vpc_id": "", "vpc_id": ""}';
    expect(listProblems({ key: '', states, defaults })).toEqual([['defaults', defaults]]);
    expect(listProblems({ key: '', states, defaults: '{"a.vpc_id": ""}' })).toEqual([]);
  });

  it('workspace and workspaces exclude each other', () => {
    expect(listProblems({ workspaces: 'a', workspace: 'b' })).toEqual([['workspace', 'b']]);
  });

  it('a problem is reported once, under the name of its input', () => {
    const wrong = { workspaces: 'a b,fine,..', bucket: '', compare_workspace: '.', compare_key: '/x' };
    expect(listProblems(wrong)).toEqual([
      ['bucket', undefined],
      ['workspaces', 'a b'],
      ['workspaces', '..'],
      ['compare_workspace', '.'],
      ['compare_key', '/x'],
    ]);
  });

  it('the state to compare with has another workspace, another key, or both', () => {
    const compared = (inputs: Record<string, string>) => read(inputs).compare?.address.objectKey;
    expect(compared({ compare_workspace: 'production' })).toBe('env:/production/k/app.tfstate');
    expect(compared({ compare_key: 'other' })).toBe('other');
    expect(compared({ workspace: 'dev', compare_key: 'other' })).toBe('env:/dev/other');
  });

  it.each([
    [{ defaults: '[1]' }, [['defaults', '[1]']]],
    [{ defaults: '{"a":' }, [['defaults', '{"a":']]],
    [{ sensitive: 'show' }, [['sensitive', 'show']]],
    [{ allow_missing: 'yes' }, [['allow_missing', 'yes']]],
    [{ export_env: 'true', env_prefix: '1_' }, [['env_prefix', '1_']]],
    [{ export_env: 'true' }, [['export_env', 'true']]],
    [{ export_env: 'true', select: 'db_*, ur?' }, [['export_env', 'true']]],
    [{ env_prefix: 'STACK' }, [['env_prefix', 'STACK']]],
    [{ env_prefix: 'GIT_' }, [['env_prefix', 'GIT_']]],
    [{ env_prefix: 'A B' }, [['env_prefix', 'A B']]],
    [{ encryption_passphrase: 'too short' }, [['encryption_passphrase', '(a secret)']]],
    [
      { encryption_passphrase: 'correct horse battery staple', source: 'published' },
      [['encryption_passphrase', '(a secret)']],
    ],
    [{ encryption_kms_key_id: 'a key' }, [['encryption_kms_key_id', 'a key']]],
    [{ compare_with: 'production' }, [['compare_with', 'production']]],
    [{ compare_with: 'fingerprint:' }, [['compare_with', 'fingerprint:']]],
    [{ compare_with: 'fingerprint:abc' }, [['compare_with', 'fingerprint:abc']]],
    [{ compare_with: 'version:a b' }, [['compare_with', 'version:a b']]],
    [{ compare_with: 'workspace:..' }, [['compare_with', 'workspace:..']]],
    [{ compare_with: 'version:1', workspaces: 'a' }, [['compare_with', 'version:1']]],
    [{ compare_with: 'version:1', source: 'published' }, [['compare_with', 'version:1']]],
    [{ compare_with: 'version:1', compare_key: 'k' }, [['compare_with', 'version:1']]],
    [{ outputs_file: 'out.txt' }, [['outputs_file', 'out.txt']]],
    [{ outputs_file: 'out.json/' }, [['outputs_file', 'out.json/']]],
    [{ outputs_file: '../out.json' }, [['outputs_file', '../out.json']]],
    [{ outputs_file: '/etc/out.json' }, [['outputs_file', '/etc/out.json']]],
    [{ outputs_file: 'stack.env' }, [['outputs_file', 'stack.env']]],
    [{ outputs_file: 'stack.env', select: 'db_*' }, [['outputs_file', 'stack.env']]],
  ])("%j can't be used", (inputs, problems) => {
    expect(listProblems({ ...inputs })).toEqual(problems);
  });

  it("an invalid pr_number is reported, and an empty one means the event's", () => {
    for (const pr_number of ['#7', 'abc', '0', '1.5']) {
      expect(listProblems({ pr_number })).toEqual([['pr_number', pr_number]]);
    }
    expect(read({ pr_number: '' }).publish.pullRequest).toBeUndefined();
  });

  it('a prefix alone sets no variables', () => {
    expect(read({ env_prefix: 'A_' }).envPrefix).toBeUndefined();
    expect(read({ env_prefix: 'A_', export_env: 'true' }).envPrefix).toBe('A_');
    expect(read({ export_env: 'true', select: 'url, db_*' }).envPrefix).toBe('');
  });
});
