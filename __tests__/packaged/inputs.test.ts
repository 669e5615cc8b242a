import { expect, it } from 'vitest';
import { describePackaged, findErrors, findWarnings, openTestbed } from './support.ts';

describePackaged('inputs', () => {
  it('all problems are in one error, each with input, value and fix, before any request', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job({
      with: {
        bucket: '',
        key: 'a//b-md5',
        region: 'xx-moon-1',
        workspace: '..',
        lock_timeout: '10 minutes',
        push: 'always',
        encrypt: 'yes',
        max_retries: '-1',
        role_arn: 'deployer',
        access_key: 'AKIAALONE',
        working_directory: 'no/such/folder',
        expect_fingerprint: 'v1',
        use_path_style: '1',
      },
    });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: {}, state: {} });
    expect(main.annotations.map(({ level }) => level)).toEqual(['error']);
    const [head, ...rest] = findErrors(main).split('\n');
    expect(rest.at(-1)).toBe('See docs/troubleshooting.md#invalid_input');
    const lines = rest.slice(0, -1);
    const named = new Set(lines.map((line) => /^ {2}(\w+) /.exec(line)?.[1]));
    // A missing bucket isn't reported, since the folder's backend block may name it.
    expect([...named].sort()).toEqual([
      'encrypt',
      'expect_fingerprint',
      'key',
      'lock_timeout',
      'max_retries',
      'push',
      'region',
      'role_arn',
      'secret_key',
      'use_path_style',
      'working_directory',
      'workspace',
    ]);
    expect(head).toBe(`${named.size} inputs can't be used; nothing was touched.`);
    expect(lines.join('\n')).toContain('lock_timeout is "10 minutes": use a duration as Terraform writes it');
    expect(lines.join('\n')).not.toContain('AKIAALONE');
    expect(testbed.proxy.requests).toEqual([]);
    expect(job.privateDirectories()).toEqual([]);
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [], summary: '' });
    expect(testbed.proxy.requests).toEqual([]);
  });

  it('empty inputs, as unset expressions give them, count as not given', async () => {
    const testbed = await openTestbed();
    const unset = Object.fromEntries(
      ['encrypt', 'max_retries', 'lock_timeout', 'push', 'workspace', 'workspace_key_prefix', 'role_arn'].map(
        (name) => [name, ''],
      ),
    );
    const job = await testbed.job({ with: unset });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, annotations: [] });
  });

  it('deprecated names and settings without effect are accepted with a warning', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job({
      with: { dynamodb_table: '', lock_table: testbed.fixture.table, skip_get_ec2_platforms: 'true' },
    });
    const main = await job.main();
    expect(main.exitCode).toBe(0);
    expect(findWarnings(main)).toContain('Use dynamodb_table instead of lock_table.');
    expect(findWarnings(main)).toContain('skip_get_ec2_platforms is deprecated and has no effect');
    expect(await testbed.lock()).toBeDefined();
  });

  it('without a table and a lock file, a warning says that nothing is locked', async () => {
    const testbed = await openTestbed({ table: false });
    const main = await (await testbed.job()).main();
    expect(main.exitCode).toBe(0);
    expect(findWarnings(main)).toContain(
      'Neither dynamodb_table nor use_lockfile is set: the state is NOT locked',
    );
  });

  it("settings of Terraform's environment variables are read", async () => {
    const testbed = await openTestbed({ workspace: 'dev' });
    const { url } = testbed.proxy;
    const job = await testbed.job({
      with: { workspace: '', region: '', endpoint: '', dynamodb_endpoint: '', sts_endpoint: '' },
      env: {
        TF_WORKSPACE: 'dev',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI',
        AWS_S3_ENDPOINT: url,
        AWS_DYNAMODB_ENDPOINT: url,
        AWS_STS_ENDPOINT: url,
      },
    });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, annotations: [], outputs: { workspace: 'dev' } });
    expect(await testbed.lock()).toBeDefined();
  });
});
