import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { putObject, readObject } from '../support/aws.ts';
import { createJob, type StageResult } from '../support/runner.ts';
import {
  openStoreFront,
  type StoreFront,
  type StoreRefusal,
  type StoreRequest,
  type StoreTraits,
} from '../support/store-front.ts';
import { terraform, writeConfig } from '../support/terraform.ts';
import { appliedState, stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  findWarnings,
  openTestbed,
  type Testbed,
} from './support.ts';

const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/s3-compatible.md'), 'utf8');
const KEYS = { access_key: 'STOREKEYSTOREKEY', secret_key: 'secretOfTheStore/0123456789' };
const KEY = 'network/terraform.tfstate';
const LACKS = ['x-amz-version-id', 'x-amz-bucket-region', 'x-amz-server-side-encryption'];

/** The store has only objects, and refuses every header that it doesn't support. */
function without(pattern: RegExp, answer: Pick<StoreRefusal, 'status' | 'code'>): StoreTraits['refuse'] {
  return ({ method, headers }) => {
    if (method === 'POST') return { status: 405, code: 'MethodNotAllowed', message: 'no such service' };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const line = lines.find((one) => pattern.test(one));
    return line === undefined ? undefined : { ...answer, message: `Header '${line}' not implemented` };
  };
}

const CHECKSUMS = /^x-amz-(checksum|trailer|sdk-checksum)|aws-chunked|STREAMING/;
const NO_KMS = {
  status: 501,
  code: 'NotImplemented',
  message: 'Server side encryption specified but KMS is not configured',
};
const isEncrypting = ({ headers }: StoreRequest) => headers['x-amz-server-side-encryption'] !== undefined;

/** According to their documentation and issues. */
const STORES: Readonly<Record<string, StoreTraits>> = {
  MinIO: {
    refuse: (request) => (isEncrypting(request) ? NO_KMS : without(/^$/, NO_KMS)(request)),
    ignores: { DELETE: ['if-match'] },
    lacks: LACKS,
  },
  'Ceph (RADOS Gateway)': {
    refuse: without(CHECKSUMS, { status: 400, code: 'XAmzContentSHA256Mismatch' }),
    ignores: { DELETE: ['if-match'] },
    lacks: LACKS,
  },
  'Cloudflare R2': {
    refuse: without(/^x-amz-(acl|server-side|trailer|sdk-checksum)|aws-chunked|STREAMING/, {
      status: 501,
      code: 'NotImplemented',
    }),
    ignores: { DELETE: ['if-match'] },
    lacks: LACKS,
  },
};

/** The `with:` of the guide's step, for a local store. */
function documentedStep(front: StoreFront): Record<string, string> {
  const [, text = ''] = /```yaml\n(- uses:.*?)```/s.exec(GUIDE) ?? [];
  const { endpoint, ...given } = parse(text)[0].with;
  expect(endpoint).toMatch(/^https:/);
  return { ...given, ...KEYS, endpoint: front.url };
}

/** The backend block that the guide shows for a store. */
function documentedBlock(store: string, { fixture }: Testbed, front: StoreFront): string {
  const section = GUIDE.split(`## ${store}\n`)[1] ?? '';
  const [, block = ''] = /```hcl\n(.*?)```/s.exec(section) ?? [];
  return block.replace('"terraform-states"', `"${fixture.bucket}"`).replace(/"https:.*?"/, `"${front.url}"`);
}

async function openStore(traits: StoreTraits) {
  const testbed = await openTestbed({ table: false });
  const front = await openStoreFront(testbed.proxy.url, traits);
  onTestFinished(() => front.close());
  const read = async (key: string) =>
    (await readObject(testbed.clients, testbed.fixture.bucket, key))?.toString();
  return { testbed, front, state: () => read(KEY), lock: () => read(`${KEY}.tflock`) };
}

/** A job whose checkout has this block, and whose environment has no credentials. */
async function jobWith(block: string) {
  const job = await createJob();
  onTestFinished(() => job.dispose());
  await writeConfig(join(job.workspace, 'infra'), { 'main.tf': block });
  return job;
}

function messagesFrom(...stages: StageResult[]): string {
  return stages.map((stage) => findErrors(stage) + findWarnings(stage)).join('');
}

describePackaged('a store that is not AWS', () => {
  it.each(Object.keys(STORES))('%s, with the settings of the guide: held, pushed, released', async (name) => {
    const { testbed, front, state, lock } = await openStore(STORES[name] ?? expect.fail(name));
    const job = await jobWith(documentedBlock(name, testbed, front));
    const main = await job.run('main', { with: documentedStep(front) });
    expect(main.outputs).toMatchObject({ reason_code: 'held', state_exists: 'false', version_id: '' });
    expect(JSON.parse((await lock()) ?? '')).toMatchObject({ ID: main.outputs.lock_id });
    await writeFile(main.outputs.state_path ?? '', stateText());
    const post = await job.run('post', { omitInputs: true });
    expect(post.exitCode).toBe(0);
    expect(messagesFrom(main, post)).toBe('');
    expect(await state()).toBe(stateText());
    expect(await lock()).toBeUndefined();
    expect(front.refusals).toEqual([]);

    // Over an existing object, too; and no store needs a setting to omit checksums.
    const next = await jobWith(documentedBlock(name, testbed, front));
    const again = await next.run('main', { with: { ...documentedStep(front), skip_s3_checksum: 'false' } });
    await writeFile(again.outputs.state_path ?? '', appliedState());
    expect(messagesFrom(again, await next.run('post', { omitInputs: true }))).toBe('');
    expect(await state()).toBe(appliedState());
    expect(front.refusals).toEqual([]);
    expect(new Set(testbed.calls().map((call) => call.split(' ')[0]))).toEqual(new Set(['s3']));
  });
});

describeInProcess('a store that is not AWS, and Terraform', () => {
  it.skipIf(inject('terraform') === undefined).each(Object.keys(STORES))(
    '%s: Terraform with the same block meets our lock, and reads what we pushed',
    async (name) => {
      const { testbed, front } = await openStore(STORES[name] ?? expect.fail(name));
      const block = documentedBlock(name, testbed, front);
      const job = await jobWith(block);
      const laptop = await jobWith(block);
      const folder = join(laptop.workspace, 'infra');
      const exports = /export (AWS_\w+)=(\w+) (AWS_\w+)=(\w+)/.exec(GUIDE) ?? [];
      const env = {
        [exports[1] ?? '']: exports[2] ?? '',
        [exports[3] ?? '']: exports[4] ?? '',
        AWS_ACCESS_KEY_ID: KEYS.access_key,
        AWS_SECRET_ACCESS_KEY: KEYS.secret_key,
      };
      expect(await terraform(folder, ['init'], env)).toMatchObject({ code: 0, stderr: '' });
      const main = await job.run('main', {
        with: { ...documentedStep(front), checkpoint_interval: '0s' },
      });
      const plan = await terraform(folder, ['plan'], env);
      expect(plan.code).toBe(1);
      expect(plan.stderr).toContain(main.outputs.lock_id);
      await writeFile(main.outputs.state_path ?? '', stateText());
      await job.run('post', { omitInputs: true });
      const pulled = await terraform(folder, ['state', 'pull'], env);
      expect(JSON.parse(pulled.stdout)).toMatchObject({ serial: JSON.parse(stateText()).serial });
      expect(front.refusals).toEqual([]);
    },
  );
});

describeInProcess('a store that is not AWS', () => {
  it('encrypt in a store without KMS is reported as that, not as missing conditional writes', async () => {
    const { testbed, front, lock } = await openStore(STORES.MinIO ?? expect.fail());
    const job = await jobWith(documentedBlock('MinIO', testbed, front));
    const main = await job.run('main', { with: { ...documentedStep(front), encrypt: 'true' } });
    expect(main.outputs.reason_code).toBe('aws_error');
    expect(findErrors(main)).toContain('KMS is not configured');
    expect(findErrors(main)).toContain('remove the inputs that need them (`encrypt`');
    expect(await lock()).toBeUndefined();
    expect((await job.run('post', { omitInputs: true })).exitCode).toBe(0);
  });

  it.each([
    ['answers 501 to', { refuse: without(/^if-(none-)?match/, { status: 501, code: 'NotImplemented' }) }],
    ['ignores', { ignores: { PUT: ['if-match', 'if-none-match'], DELETE: ['if-match'] } }],
  ])('a store that %s conditions: fails without a lock file and leaves none behind', async (_, traits) => {
    const plain = { refuse: () => undefined, ignores: {}, lacks: LACKS };
    const { testbed, front, state, lock } = await openStore({ ...plain, ...traits });
    const job = await jobWith(documentedBlock('MinIO', testbed, front));
    const main = await job.run('main', { with: documentedStep(front) });
    expect(main.outputs.reason_code).toBe('no_conditional_writes');
    expect(await lock()).toBeUndefined();

    // As in the guide: without a lock, with a warning each time.
    const other = await jobWith(documentedBlock('MinIO', testbed, front));
    const held = await other.run('main', { with: { ...documentedStep(front), use_lockfile: 'false' } });
    expect(findWarnings(held)).toContain('the state is NOT locked');
    await writeFile(held.outputs.state_path ?? '', stateText());
    expect((await other.run('post', { omitInputs: true })).exitCode).toBe(0);
    expect(await state()).toBe(stateText());

    // Nothing separates the two, but neither overwrites the other unnoticed.
    const late = appliedState();
    const early = appliedState({ serial: 20 });
    const third = await jobWith(documentedBlock('MinIO', testbed, front));
    const unlocked = await third.run('main', { with: { ...documentedStep(front), use_lockfile: 'false' } });
    await putObject(testbed.clients, testbed.fixture.bucket, KEY, early);
    await writeFile(unlocked.outputs.state_path ?? '', late);
    const post = await third.run('post', { omitInputs: true });
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain('changed while this job held it');
    expect(await state()).toBe(early);
  });
});
