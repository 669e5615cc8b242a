import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GATE_DEFAULTS } from '../../src/inputs/gate-inputs.ts';
import { readHoldInputs } from '../../src/inputs/hold-inputs.ts';
import { InputError } from '../../src/inputs/input-error.ts';
import { readProfileInputs } from '../../src/inputs/read-action-inputs.ts';
import { explain } from '../../src/messages/explain.ts';
import { inputEnv, inputSources, job, leastInputs } from '../job-state/support.ts';

const read = (inputs: Record<string, string>) => readHoldInputs(inputSources({ ...leastInputs, ...inputs }));
/** A value of each gate that is no condition, and one that is. */
const GATES: Record<keyof typeof GATE_DEFAULTS, { none: string; value: string }> = {
  expect_fingerprint: { none: 'any', value: 'no-state' },
  expect_serial: { none: 'any', value: '0' },
  expect_lineage: { none: 'any', value: 'l-1' },
  require_existing_state: { none: 'false', value: 'true' },
  create_workspace: { none: 'true', value: 'false' },
  forbid_destroy: { none: 'false', value: 'true' },
};

const refused = (inputs: Record<string, string>) => read(inputs).problems.map(({ input }) => input);

describe('the inputs of the main action', () => {
  it('have defaults: one try for the lock, push what changed, no override file, no gate', () => {
    const { inputs, problems } = read({});
    expect(problems).toEqual([]);
    expect(inputs).toMatchObject({
      lockMode: 'hold',
      pull: true,
      checkpointMs: 20_000,
      stale: { action: 'report', staleAfterMs: 900_000 },
      lockTimeoutMs: 0,
      push: 'changed',
      workingDirectory: undefined,
      planJson: undefined,
      skipCredentialsValidation: false,
      warnings: [],
    });
    expect(Object.values(inputs.gates).filter((gate) => gate !== undefined)).toEqual([]);
  });

  it('are all read', () => {
    const expectFingerprint = '0a'.repeat(32);
    const { inputs, problems } = read({
      lock_timeout: '10m',
      stale_lock: 'break',
      stale_after: '10m',
      github_token: 'ghs_1',
      checkpoint_interval: '2m',
      push: 'never',
      working_directory: 'envs/prod',
      expect_fingerprint: expectFingerprint,
      expect_serial: '18446744073709551615',
      expect_lineage: 'l-1',
      require_existing_state: 'True',
      forbid_destroy: 'true',
      allow_destroy: 'a.b["x,y"]\n  module.m.*\n',
      plan_json: 'infra/plan.json',
      skip_credentials_validation: 'true',
    });
    expect(problems).toEqual([]);
    expect(inputs).toMatchObject({
      lockTimeoutMs: 600_000,
      checkpointMs: 120_000,
      stale: { action: 'break', staleAfterMs: 600_000, github: { token: 'ghs_1' } },
      push: 'never',
      workingDirectory: resolve(job.workspace, 'envs/prod'),
      gates: {
        fingerprint: expectFingerprint,
        serial: 18446744073709551615n,
        lineage: 'l-1',
        requiresState: true,
        destroy: { forbidden: ['*'], allowed: ['a.b["x,y"]', 'module.m.*'] },
      },
      planJson: resolve(job.workspace, 'infra/plan.json'),
      skipCredentialsValidation: true,
    });
  });

  it('without a table and a lock file, leave the state unlocked, with a warning about the risk', () => {
    const { inputs, problems } = read({ dynamodb_table: '' });
    expect(problems).toEqual([]);
    expect(inputs.backend.table).toBeUndefined();
    expect(inputs.warnings).toEqual([expect.stringContaining('NOT locked')]);
    expect(read({ dynamodb_table: '', use_lockfile: 'true' }).inputs.warnings).toEqual([]);
    expect(read({ dynamodb_table: '', lock: 'none' }).inputs.warnings).toEqual([]);
  });

  it('lock: guard pulls nothing; neither it nor lock: none has checkpoints', () => {
    expect(read({ lock: 'guard' }).inputs).toMatchObject({ lockMode: 'guard', pull: false, checkpointMs: 0 });
    const none = { lockMode: 'none', pull: true, checkpointMs: 0 };
    expect(read({ lock: 'none' }).inputs).toMatchObject(none);
    expect(read({ pull: 'false' }).inputs).toMatchObject({ lockMode: 'hold', pull: false });
  });

  it.each([{ lock: 'guard' }, { pull: 'false' }])('%j concern the lock alone', (mode) => {
    const state = { working_directory: 'infra', expect_fingerprint: 'no-state' };
    expect(refused(mode)).toEqual([]);
    expect(refused({ ...mode, ...state })).toEqual(['expect_fingerprint']);
    expect(read({ ...mode, ...state }).inputs.workingDirectory).toBeUndefined();
    expect(refused({ ...mode, dynamodb_table: '' })).toEqual(['dynamodb_table']);
    expect(refused({ ...mode, dynamodb_table: '', use_lockfile: 'true' })).toEqual([]);
  });

  it('accept several states and prefixes, each in its workspace, only with lock: guard', () => {
    const several = { lock: 'guard', key: '', keys: 'net/app.tfstate\n apps/ ', workspace: 'prod' };
    expect(read(several).inputs).toMatchObject({
      lockMode: 'guard',
      guardedStates: { objectKeys: ['env:/prod/net/app.tfstate'], prefixes: ['env:/prod/apps/'] },
    });
    expect(read({ lock: 'guard' }).inputs.guardedStates).toBeUndefined();
    expect(refused({ ...several, lock: '' })).toEqual(['keys']);
    expect(refused({ ...several, key: 'app.tfstate' })).toEqual(['key']);
    expect(refused({ ...several, keys: 'a//b' })).toEqual(['keys']);
    expect(
      refused({ ...several, keys: Array.from({ length: 7_000 }, (_, i) => `state-${i}`).join('\n') }),
    ).toEqual(['keys']);
  });

  it('are refused without lock and state, and lock_timeout needs a lock', () => {
    expect(refused({ lock: 'none', pull: 'false' })).toEqual(['pull']);
    expect(refused({ lock: 'guard', pull: 'false' })).toEqual([]);
    expect(refused({ lock: 'both' })).toEqual(['lock']);
    expect(read({ lock: 'guard', lock_timeout: '1m' }).inputs.warnings).toHaveLength(1);
  });

  it('checkpoints come at most every second; 0s means none', () => {
    expect(read({ checkpoint_interval: '0s' }).inputs.checkpointMs).toBe(0);
    expect(refused({ checkpoint_interval: '500ms' })).toEqual(['checkpoint_interval']);
    expect(refused({ checkpoint_interval: '1s' })).toEqual([]);
  });

  it('allow breaking a lock only with a token to look up its run', () => {
    expect(refused({ stale_lock: 'break' })).toEqual(['github_token']);
    expect(refused({ stale_lock: 'break', github_token: 'ghs_1' })).toEqual([]);
  });

  it('report a wait on the pull request only on request and with a token', () => {
    const asked = { publish: 'comment', github_token: 'ghs_1', lock_timeout: '1m' };
    expect(read({ github_token: 'ghs_1' }).inputs.waitComment).toBeUndefined();
    expect(read({ ...asked, pr_number: '7' }).inputs.waitComment).toEqual({
      pullRequest: 7,
      apiUrl: 'https://api.github.com',
      token: 'ghs_1',
    });
    expect(read({ ...asked, github_token: '' }).problems).toMatchObject([{ input: 'github_token' }]);
    expect(read({ ...asked, publish: 'summary' }).problems).toMatchObject([{ input: 'publish' }]);
    expect(read({ ...asked, pr_number: 'x' }).problems).toMatchObject([{ input: 'pr_number' }]);
    const guarded = read({ publish: 'comment', github_token: 'ghs_1', lock: 'guard' }).inputs;
    expect(guarded.waitComment).toBeUndefined();
    expect(guarded.warnings.join()).toContain('publish: comment has no effect with lock: guard');
  });

  it('a working directory is relative to the checkout, or absolute', () => {
    expect(read({ working_directory: '.' }).inputs.workingDirectory).toBe(resolve(job.workspace));
    expect(read({ working_directory: '/srv/tf' }).inputs.workingDirectory).toBe(resolve('/srv/tf'));
  });

  it.each(Object.entries(GATES))(
    '%s: set but empty is an error, its default is no gate, and a gate needs a state',
    (name, { none, value }) => {
      const plan = { plan_json: 'plan.json' };
      for (const empty of ['', ' ', '\n']) {
        expect(refused({ [name]: empty, ...plan })).toEqual([name]);
        expect(refused({ [name]: empty, ...plan, pull: 'false' })).toEqual([name]);
      }
      const noGates = read({}).inputs.gates;
      expect(read({ [name]: none }).inputs.gates).toEqual(noGates);
      expect(refused({ [name]: none, pull: 'false' })).toEqual([]);
      expect(refused({ [name]: value, ...plan })).toEqual([]);
      expect(read({ [name]: value, ...plan }).inputs.gates).not.toEqual(noGates);
      expect(refused({ [name]: value, ...plan, lock: 'none' })).toEqual([]);
      for (const mode of [{ pull: 'false' }, { lock: 'guard' }]) {
        expect(refused({ [name]: value, ...plan, ...mode })).toEqual([name]);
      }
    },
  );

  it.each(['-1', '07', '1.5', '7 ', '184467440737095516150'])(
    '%j is no serial, unless trimming makes it one',
    (value) => {
      expect(refused({ expect_serial: value })).toEqual(value === '7 ' ? [] : ['expect_serial']);
    },
  );

  it('forbid_destroy needs a plan and globs that could match an address', () => {
    const plan = { plan_json: 'plan.json' };
    const globs = (forbid_destroy: string) =>
      read({ forbid_destroy, ...plan }).inputs.gates.destroy?.forbidden;
    expect(refused({ forbid_destroy: 'true' })).toEqual(['forbid_destroy']);
    expect(globs('TRUE')).toEqual(['*']);
    expect(globs('a.*\n\n  module.m["x,y"].b.c \n')).toEqual(['a.*', 'module.m["x,y"].b.c']);
    expect(globs('["a.b[\\"k\\"]", "*"]')).toEqual(['a.b["k"]', '*']);
    for (const wrong of ['aws_instance', 'yes', '[]', '["a.b"', '[1]', 'a.b\nc']) {
      expect(refused({ forbid_destroy: wrong, ...plan }), wrong).toContain('forbid_destroy');
    }
    expect(refused({ forbid_destroy: 'true', allow_destroy: 'aws_instance', ...plan })).toEqual([
      'allow_destroy',
    ]);
    expect(refused({ allow_destroy: 'a.b' })).toEqual(['allow_destroy']);
  });

  it.each(['no-state', '0a'.repeat(32)])('accept the fingerprint %s', (expect_fingerprint) => {
    expect(refused({ expect_fingerprint })).toEqual([]);
  });

  it.each(['7', 'lineage/7', `lineage/7/${'0a'.repeat(16)}`, '0A'.repeat(32), 'No-state'])(
    '%s is none',
    (expect_fingerprint) => expect(refused({ expect_fingerprint })).toEqual(['expect_fingerprint']),
  );

  it('snapshot: always needs a push of this job, and unknown values are refused', () => {
    expect(read({}).inputs.snapshot).toBe('auto');
    expect(read({ snapshot: 'always' }).inputs.snapshot).toBe('always');
    for (const mode of [{ pull: 'false' }, { lock: 'guard' }, { lock: 'none' }, { push: 'never' }]) {
      expect(refused({ snapshot: 'always', ...mode })).toEqual(['snapshot']);
      expect(refused({ snapshot: 'never', ...mode })).toEqual([]);
      expect(refused(mode)).toEqual([]);
    }
    for (const wrong of ['true', 'Auto', 'sometimes'])
      expect(refused({ snapshot: wrong })).toEqual(['snapshot']);
  });

  it('can be read in part first: the profile and its file', () => {
    const env = inputEnv({ profile: 'ci', shared_credentials_file: '/creds' });
    expect(readProfileInputs(env, job)).toEqual({
      profile: 'ci',
      files: { sharedCredentialsFiles: ['/creds'], sharedConfigFiles: [] },
    });
    expect(readProfileInputs({}, job)).toEqual({
      profile: undefined,
      files: { sharedCredentialsFiles: [], sharedConfigFiles: [] },
    });
  });
});

describe('the session of role_arn', () => {
  const STATE = '"arn:aws:s3:::b/k/app.tfstate"';
  const all = { role_arn: 'arn:aws:iam::123456789012:role/state', use_lockfile: 'true' };
  const breaking = { stale_lock: 'break', github_token: 'ghs_1' };

  it.each<[Record<string, string>, string[], string[]]>([
    [{}, [STATE, '-md5"', '.tflock"', 's3:PutObject', 'dynamodb:PutItem'], []],
    [{}, ['.backup/*"'], []],
    [{ snapshot: 'always' }, ['.backup/*"'], []],
    [{ snapshot: 'never' }, [STATE], ['.backup/']],
    [{ push: 'never' }, [STATE], ['.backup/']],
    [{ pull: 'false' }, ['.tflock"'], ['.backup/']],
    [{ lock: 'none' }, [STATE, '-md5"', '.rescue/*"', 's3:PutObject'], ['.tflock', 'PutItem', 'Delete']],
    [{ lock: 'none', push: 'never' }, [STATE, '-md5"'], ['.tflock', '.rescue', 'Put', 'Delete']],
    [{ lock: 'none', plan_file: 'p' }, [STATE, '.plans/*"'], ['.tflock', '.rescue', 'Delete']],
    [{ lock: 'guard' }, ['.tflock"', 's3:DeleteObject', 'dynamodb:DeleteItem'], [STATE, '-md5', 'Put']],
    [{ pull: 'false' }, ['.tflock"', 's3:PutObject', 'dynamodb:PutItem'], [STATE, '-md5', 'rescue']],
    [{ pull: 'false', ...breaking }, [STATE, '-md5"', 'dynamodb:PutItem'], []],
  ])('with %o allows only what is done with the state', (inputs, has, lacks) => {
    const { credentials } = read({ ...all, ...inputs }).inputs.backend.aws;
    const policy = credentials.assumeRole?.policy ?? '';
    for (const part of has) expect(policy).toContain(part);
    for (const part of lacks) expect(policy).not.toContain(part);
  });
});

describe("inputs that can't be used", () => {
  it('are reported all at once, each with its value and fix', () => {
    const { problems } = read({
      bucket: '',
      key: '/a//b.tflock',
      workspace: '..',
      workspace_key_prefix: 'x/',
      region: 'xx-moon-1',
      lock_table: 'other',
      encrypt: 'yes',
      kms_key_id: 'junk alias/foo',
      endpoint: 'ftp://s3',
      use_path_style: 'true',
      force_path_style: 'true',
      max_retries: 'many',
      access_key: 'AKIA',
      role_arn: 'state',
      session_name: 'x',
      external_id: 'a b',
      assume_role_policy: '{',
      lock_timeout: '10',
      push: 'always',
      expect_fingerprint: 'latest',
    });
    expect(explain(new InputError(problems), 0)).toMatchInlineSnapshot(`
      "19 inputs can't be used; nothing was touched.
        encrypt is "yes": use true or false.
        kms_key_id is "junk alias/foo": give the id, the alias (alias/NAME) or the ARN of a KMS key.
        bucket is missing: name the S3 bucket that holds the state.
        workspace is "..": choose another name: Terraform would take this one for another workspace's path.
        key is "/a//b.tflock": must not start or end with "/".
        key is "/a//b.tflock": must not contain "//".
        key is "/a//b.tflock": must not end in ".tflock": it would be the lock file of another state.
        workspace_key_prefix is "x/": must not start or end with "/".
        lock_table is "other": it differs from dynamodb_table (locks): remove lock_table.
        region is "xx-moon-1": use an AWS region such as us-east-1, or set skip_region_validation: true.
        endpoint is "ftp://s3": give a complete URL such as https://s3.example.com.
        force_path_style is "true": it is the old name of use_path_style: remove one of them.
        max_retries is "many": use a whole number of at least 0.
        secret_key is missing: access_key and secret_key go together, and token only with both.
        external_id is "a b": use 2 to 1224 letters, digits and _ + = , . @ : / -.
        session_name is "x": use 2 to 64 letters, digits and _ + = , . @ -.
        assume_role_policy is "{": give an IAM policy as valid JSON.
        role_arn is "state": give the full ARN of a role: arn:aws:iam::123456789012:role/NAME.
        push is "always": use changed or never.
        expect_fingerprint is "latest": pass the fingerprint output of the plan job unchanged.
        lock_timeout is "10": use a duration as Terraform writes it: 0s, 90s, 10m or 1h30m."
    `);
  });

  it('may be a single one, and other people’s text in it stays on its line', () => {
    const { problems } = read({ push: 'x\n::error::\u001b[31m\u009b0m' });
    expect(explain(new InputError(problems), 0)).toMatchInlineSnapshot(`
      "One input can't be used; nothing was touched.
        push is "x\\n::error::\\u001b[31m\\u009b0m": use changed or never."
    `);
  });

  it('are reported without secrets', () => {
    const { problems } = read({ secret_key: 'very-secret', token: 'very-secret', bucket: '' });
    expect(explain(new InputError(problems), 0)).not.toContain('very-secret');
  });
});
