import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { putItem, putObject } from '../support/aws.ts';
import { s3Failure } from '../support/backend.ts';
import { encryptUnderKms } from './kms-state.ts';
import { openOutputsJob, readOutputs, secret, stateWith, text } from './outputs-step.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  md5,
  openTestbed,
  type Testbed,
} from './support.ts';
import { findNotices } from './unlock-step.ts';

/** Stores another workspace's state, digest included. */
async function seedWorkspace({ clients, fixture }: Testbed, workspace: string, state: string): Promise<void> {
  const key = `env:/${workspace}/network/app.tfstate`;
  await putObject(clients, fixture.bucket, key, state);
  await putItem(clients, fixture.table, `${fixture.bucket}/${key}-md5`, { Digest: md5(state) });
}

async function testbedWith(outputs: Parameters<typeof stateWith>[0]): Promise<Testbed> {
  const testbed = await openTestbed();
  await testbed.seed(stateWith(outputs));
  return testbed;
}

describePackaged('the outputs action', () => {
  it('passes each root output to the job, strings as they are and the rest as JSON', async () => {
    const zones = { value: ['a', 'b'], type: ['list', 'string'] };
    const testbed = await testbedWith({ url: text('https://x'), zones });
    const { outputs, conclusion, log } = await readOutputs(testbed);
    expect({ conclusion, log }).toMatchObject({ conclusion: 'success' });
    expect(outputs).toMatchObject({ url: 'https://x', zones: '["a","b"]', serial: '7', lineage: 'l-1' });
    expect(outputs).toMatchObject({ workspace: 'default', state_exists: 'true', found: 'true' });
    expect(outputs.outputs).toBe('{"url":"https://x","zones":["a","b"]}');
    expect(outputs.names).toBe('["url","zones"]');
    expect(outputs.reason_code).toBe('read');
    expect(JSON.parse(outputs.result ?? '')).toEqual({
      schema_version: 1,
      reason_code: 'read',
      ok: true,
      deprecated: {},
      omitted: [],
      renamed: {},
      states: [
        {
          bucket: testbed.fixture.bucket,
          key: testbed.objectKey,
          workspace: 'default',
          exists: true,
        },
      ],
    });
  });

  it("works with AWS's checksums", async () => {
    const testbed = await testbedWith({ url: text('u') });
    const env = { AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_supported' };
    const { outputs } = await readOutputs(testbed, {}, { env });
    expect(outputs.url).toBe('u');
  });

  it('reads a state that OpenTofu encrypted, with its passphrase, which is never shown', async () => {
    const testbed = await openTestbed();
    const fixture = join(import.meta.dirname, '../fixtures/states/opentofu-encrypted.tfstate');
    await testbed.seed(await readFile(fixture, 'utf8'));
    const encryption_passphrase = 'correct horse battery staple';
    const job = await openOutputsJob();
    const result = await job.read(testbed, {
      encryption_passphrase,
      lookup: 'word=terraform_data.word.input.value',
    });
    expect(result.outputs).toMatchObject({
      url: 'https://x',
      zones: '["a","b"]',
      word: 'looked-up',
      serial: '1',
    });
    expect(result.outputs.password).toBeUndefined();
    expect(`${JSON.stringify(result.outputs)}${result.log}`).not.toMatch(/correct horse|hunter2/);
    const wrong = await job.read(testbed, { encryption_passphrase: 'another passphrase of mine' });
    expect(wrong.outputs.reason_code).toBe('state_unreadable');
    expect(findErrors(wrong)).toMatch(/another passphrase[\s\S]*pbkdf2/);
  });

  it('reads a state that OpenTofu encrypted with KMS, which is called only then', async () => {
    const testbed = await openTestbed();
    const { text: state, keyId } = await encryptUnderKms(
      testbed.clients.endpoint,
      stateWith({ url: text('u') }),
    );
    await testbed.seed(state);
    const env = { AWS_ENDPOINT_URL_KMS: testbed.proxy.url };
    const read = (encryption_kms_key_id: string) => readOutputs(testbed, { encryption_kms_key_id }, { env });
    expect((await read(keyId)).outputs).toMatchObject({ url: 'u', reason_code: 'read' });
    const missing = await read('12345678-1234-4234-8234-123456789012');
    expect(missing.conclusion).toBe('failure');
    expect(findErrors(missing)).toContain('kms:Decrypt');
    await testbed.seed(stateWith({ url: text('plain') }));
    testbed.proxy.reset();
    expect((await read(keyId)).outputs.url).toBe('plain');
    expect(testbed.calls().sort()).toEqual(['dynamodb GetItem', 's3 GetObject']);
  });

  it('writes them to a file for this user only, and sets nothing when that fails', async () => {
    const testbed = await testbedWith({ url: text('u'), password: secret('hunter2-and-then-some') });
    const job = await openOutputsJob();
    const inputs = { outputs_file: 'out/stack.json', sensitive: 'omit' };
    const { outputs } = await job.read(testbed, inputs);
    const path = join(job.workspace, 'out/stack.json');
    expect(outputs.outputs_file).toBe(path);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ url: 'u' });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await mkdir(join(job.workspace, 'taken.env'));
    const refused = await job.read(testbed, { outputs_file: 'taken.env', env_prefix: 'STACK_' });
    expect(refused).toMatchObject({
      conclusion: 'failure',
      outputs: { reason_code: 'outputs_file_not_written' },
    });
    expect(refused.outputs.url).toBeUndefined();
  });

  it("never lets other people's text become a command", async () => {
    const evil = '::error::x\n::set-output name=a::b\n##[error]y\nEOF\nghadelimiter_1\n';
    const testbed = await testbedWith({ evil: text(evil), '::warning::x': text('v') });
    const result = await readOutputs(testbed);
    expect(result.outputs.evil).toBe(evil);
    expect(result.annotations.filter(({ level }) => level !== 'notice')).toEqual([]);
  });
});

describeInProcess('the outputs action', () => {
  it('costs one round trip of two calls, without a lock or a write', async () => {
    const testbed = await openTestbed({ latencyMs: 100 });
    const state = stateWith({ url: text('u') });
    await testbed.seed(state);
    await testbed.putLock('{"ID":"somebody-elses"}');
    expect((await readOutputs(testbed)).conclusion).toBe('success');
    expect(testbed.calls().sort()).toEqual(['dynamodb GetItem', 's3 GetObject']);
    expect(testbed.proxy.longestChain()).toBe(1);
    expect([await testbed.object(), await testbed.digest()]).toEqual([state, md5(state)]);
    expect(await testbed.lock()).toBe('{"ID":"somebody-elses"}');
  });

  it('sets the outputs that select and defaults determine', async () => {
    const testbed = await testbedWith({ url: text('u'), db_host: text('h'), other: text('o') });
    const inputs = { select: 'url\ndb_*\nextra', defaults: '{"extra": [1.10], "url": "unused"}' };
    const { outputs } = await readOutputs(testbed, inputs);
    expect(outputs).toMatchObject({ url: 'u', db_host: 'h', extra: '[1.10]', found: 'false' });
    expect(outputs.other).toBeUndefined();
  });

  it('fails when a selection matches nothing, and lists what exists', async () => {
    const testbed = await testbedWith({ url: text('u'), password: secret('hunter2') });
    const result = await readOutputs(testbed, { select: 'ulr' });
    expect(result).toMatchObject({ conclusion: 'failure', outputs: { reason_code: 'nothing_selected' } });
    expect(findErrors(result)).toMatch(/matches select: ulr\..*\n.*password, url/);
    expect(Object.keys(result.outputs)).toEqual(['reason_code', 'result']);
  });

  it('fails when there is no state, and names bucket, key, workspace and the fix', async () => {
    const testbed = await openTestbed();
    const result = await readOutputs(testbed, { workspace: 'staging', defaults: '{"url": "u"}' });
    expect(result).toMatchObject({ conclusion: 'failure', outputs: { reason_code: 'state_missing' } });
    const { bucket } = testbed.fixture;
    expect(findErrors(result)).toContain(
      `bucket ${bucket}, key env:/staging/network/app.tfstate, workspace staging`,
    );
    expect(findErrors(result)).toContain('allow_missing: true');
    expect(result.log.split('There is no state at'), 'the log says it once').toHaveLength(2);
  });

  it('succeeds without a state when that is allowed, with defaults only', async () => {
    const testbed = await openTestbed();
    const inputs = { allow_missing: 'true', defaults: '{"url": "u"}', select: 'url,nowhere' };
    const { outputs, conclusion } = await readOutputs(testbed, inputs);
    expect(conclusion).toBe('success');
    expect(outputs).toMatchObject({ url: 'u', outputs: '{"url":"u"}', serial: '', lineage: '' });
    expect(outputs).toMatchObject({ state_exists: 'false', found: 'false', reason_code: 'no_state' });
  });

  it('reports a missing state as a refusal without s3:ListBucket, even if missing is allowed', async () => {
    const testbed = await openTestbed();
    testbed.proxy.onRequest(({ service }) => (service === 's3' ? s3Failure(403, 'AccessDenied') : 'pass'));
    const result = await readOutputs(testbed, { allow_missing: 'true' });
    expect(result).toMatchObject({ conclusion: 'failure', outputs: { reason_code: 'access_denied' } });
    expect(findErrors(result)).toContain('s3:ListBucket');
  });

  it('reads several workspaces in parallel and distinguishes them', async () => {
    const testbed = await openTestbed({ latencyMs: 100 });
    await testbed.seed(stateWith({ url: text('d') }, 3));
    await seedWorkspace(testbed, 'staging', stateWith({ url: text('s'), 'db-host': text('h') }));
    const { outputs } = await readOutputs(testbed, { workspaces: 'default, staging' });
    expect(outputs).toMatchObject({ default_url: 'd', staging_url: 's', 'staging_db-host': 'h' });
    expect(outputs).toMatchObject({
      outputs: '{"default":{"url":"d"},"staging":{"db-host":"h","url":"s"}}',
      serial: '{"default":3,"staging":7}',
      workspace: '["default","staging"]',
      state_exists: '{"default":true,"staging":true}',
    });
    expect(testbed.proxy.longestChain()).toBe(1);
  });

  it('reads states with several keys in parallel, too, by their names', async () => {
    const testbed = await openTestbed({ latencyMs: 100 });
    await testbed.seed(stateWith({ url: { ...text('d'), deprecated: 'use urls' } }, 3));
    await seedWorkspace(testbed, 'staging', stateWith({ url: text('s') }));
    const states = 'app=network/app.tfstate\neu=network/app.tfstate workspace=staging';
    const result = await readOutputs(testbed, { key: '', states, select: 'url' });
    expect(result.outputs).toMatchObject({ app_url: 'd', eu_url: 's', serial: '{"app":3,"eu":7}' });
    expect(JSON.parse(result.outputs.result ?? '')).toMatchObject({
      deprecated: { 'app.url': 'use urls' },
      states: [{ name: 'app' }, { name: 'eu', workspace: 'staging' }],
    });
    expect(findNotices(result).join()).toContain('app.url: use urls');
    expect(testbed.proxy.longestChain()).toBe(1);
  });

  it('reports changes since an earlier state or run, and warns of those that break consumers', async () => {
    const testbed = await openTestbed({ versioning: true });
    const before = stateWith({ url: text('a'), zone: text('z'), port: { value: 1, type: 'number' } });
    await testbed.seed(before);
    await testbed.seed(stateWith({ url: text('b'), port: text('1'), vpc: text('v') }, 8));
    const job = await openOutputsJob();
    const hash = createHash('sha256')
      .update(`l-1/7/${md5(before)}`)
      .digest('hex');
    const since = await job.read(testbed, { compare_with: `fingerprint:${hash}` });
    const changes = { added: '["vpc"]', changed: '["url"]', removed: '["zone"]', retyped: '["port"]' };
    expect(since.outputs).toMatchObject(changes);
    expect(since.log).toMatch(/##\[warning\]Removed outputs: zone\./);
    await writeFile(join(job.workspace, 'last.json'), '{"url":"a","port":1,"zone":"z"}');
    const last = await job.read(testbed, { compare_with: 'file:last.json' });
    expect(last.outputs).toMatchObject(changes);
    const first = await job.read(testbed, { compare_with: 'file:none.json' });
    expect(first.outputs).toMatchObject({ added: '["port","url","vpc"]', removed: '[]' });
  });

  it('looks up resource attributes, and withholds those that the state marks as sensitive', async () => {
    const testbed = await openTestbed();
    const attributes = { id: 'db-1', key: 'hunter2-and-then-some' };
    const marks = [[{ type: 'get_attr', value: 'key' }]];
    const instances = [{ attributes, sensitive_attributes: marks }];
    const resources = [{ module: 'module.a', mode: 'managed', type: 'db', name: 'main', instances }];
    await testbed.seed(JSON.stringify({ ...JSON.parse(stateWith({ url: text('u') })), resources }));
    const lookup = 'id=module.a.db.main.id\nkey=module.a.db.main.key';
    const job = await openOutputsJob();
    const result = await job.read(testbed, { lookup, outputs_file: 'last.json', publish: 'summary' });
    expect(result.outputs).toMatchObject({ url: 'u', id: 'db-1', reason_code: 'read' });
    expect(result.outputs.key).toBeUndefined();
    expect(result.summary).toMatch(/<code>id<\/code>.*db-1/);
    expect(`${JSON.stringify(result.outputs)}${result.log}${result.summary}`).not.toContain('hunter2');
    const same = await job.read(testbed, { lookup, compare_with: 'file:last.json' });
    expect(same.outputs).toMatchObject({ added: '[]', changed: '[]', removed: '[]', retyped: '[]' });
  });

  it('names all missing states in one error', async () => {
    const testbed = await testbedWith({ url: text('u') });
    const result = await readOutputs(testbed, { workspaces: 'default,one,two' });
    expect(result.outputs.reason_code).toBe('state_missing');
    expect(findErrors(result)).toMatch(/workspace one\)[\s\S]*workspace two\)/);
  });

  it("fails when the digest doesn't match", async () => {
    const testbed = await testbedWith({ url: text('u') });
    await putItem(testbed.clients, testbed.fixture.table, `${testbed.lockId}-md5`, { Digest: md5('other') });
    const result = await readOutputs(testbed);
    expect(result).toMatchObject({ conclusion: 'failure', outputs: { reason_code: 'digest_mismatch' } });
  });

  it('reports every input problem in one error, before any call', async () => {
    const testbed = await openTestbed();
    const inputs = { bucket: '', sensitive: 'show', defaults: '[]', workspaces: 'a b' };
    const result = await readOutputs(testbed, inputs);
    expect(result.outputs.reason_code).toBe('invalid_input');
    for (const name of ['bucket', 'sensitive', 'defaults', 'workspaces']) {
      expect(findErrors(result)).toContain(`  ${name} is`);
    }
    expect(testbed.calls()).toEqual([]);
  });

  it("maps names that a workflow can't address, and logs the mapping", async () => {
    const testbed = await testbedWith({ größe: text('g'), workspace: text('w'), 'a-b': text('ab') });
    const result = await readOutputs(testbed);
    expect(result.outputs).toMatchObject({
      gr__e: 'g',
      output_workspace: 'w',
      workspace: 'default',
      'a-b': 'ab',
    });
    expect(findNotices(result).join('\n')).toContain('größe as gr__e, workspace as output_workspace');
    expect(JSON.parse(result.outputs.result ?? '').renamed).toEqual({
      größe: 'gr__e',
      workspace: 'output_workspace',
    });
    expect(JSON.parse(result.outputs.outputs ?? '')).toEqual({ größe: 'g', workspace: 'w', 'a-b': 'ab' });
  });

  it('fails for names that the runner would merge, and sets nothing', async () => {
    const testbed = await testbedWith({ url: text('a'), URL: text('b') });
    const result = await readOutputs(testbed);
    expect(result.outputs.reason_code).toBe('names_collide');
    expect(Object.keys(result.outputs)).toEqual(['reason_code', 'result']);
    expect((await readOutputs(testbed, { select: 'url' })).outputs.url).toBe('a');
  });
});

describePackaged('environment variables', () => {
  it('are set with the prefix, for the outputs that are set', async () => {
    const testbed = await testbedWith({
      'vpc-id': text('v'),
      zones: { value: [1], type: 'dynamic' },
      key: secret('hunter22'),
    });
    const { variables } = await exported(testbed, { env_prefix: 'TF_VAR_' });
    expect(variables).toEqual({ TF_VAR_vpc_id: 'v', TF_VAR_zones: '[1]' });
    expect((await exported(testbed, { env_prefix: 'X_', sensitive: 'mask' })).variables).toMatchObject({
      X_key: 'hunter22',
    });
  });
});

describeInProcess('environment variables', () => {
  it('without a prefix are exactly those that select names, whatever else the state has', async () => {
    const hostile = {
      TAR_OPTIONS: text('--to-command=sh'),
      GNUMAKEFLAGS: text('--eval=x'),
      url: text('evil'),
    };
    const testbed = await testbedWith({ ...hostile, fine: text('f') });
    const { variables, result } = await exported(testbed, { select: 'fine\n*' });
    expect(variables).toEqual({ fine: 'f' });
    expect(findNotices(result).join('\n')).toContain(
      'Not set as environment variables: GNUMAKEFLAGS, TAR_OPTIONS, url.',
    );
    const refused = await exported(testbed);
    expect(refused.variables).toEqual({});
    expect(findErrors(refused.result)).toContain('export_env is "true": give env_prefix');
  });

  it('that control what later steps run are refused, and nothing is set', async () => {
    const testbed = await testbedWith({
      fine: text('f'),
      NODE_OPTIONS: text('--require=/x'),
      path: text('/x'),
    });
    const { variables, result } = await exported(testbed, { select: 'fine, NODE_OPTIONS, path' });
    expect(variables).toEqual({});
    expect(result.outputs.reason_code).toBe('variable_refused');
    expect(findErrors(result)).toContain('NODE_OPTIONS, path');
    expect(Object.keys(result.outputs)).toEqual(['reason_code', 'result']);
  });
});

async function exported(testbed: Testbed, inputs: Record<string, string> = {}) {
  const result = await readOutputs(testbed, { export_env: 'true', ...inputs });
  return { result, variables: result.exportedEnv };
}
