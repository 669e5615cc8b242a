import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { describe, expect, inject, it } from 'vitest';
import { headObject, listObjects } from '../support/aws.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';
import { applyToFile } from './root-module.ts';
import {
  parseState,
  readStateFile,
  type SharedState,
  type SharedStateOptions,
  sharedStates,
} from './shared-state.ts';

const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** Checks the digest and the object as a client would read them now. */
async function expectSound(state: SharedState): Promise<void> {
  expect(await state.digest()).toBe(md5(await state.object()));
  expect(await state.lockInfo()).toBeUndefined();
}

const DEFAULT: Partial<SharedStateOptions> = {};
const STORES: [string, Partial<SharedStateOptions>][] = [
  ['the default workspace', DEFAULT],
  ['a named workspace', { workspace: 'staging' }],
  ['a named workspace below a custom prefix', { workspace: 'a:b@c+d=e', prefix: 'teams/blue' }],
  ['a named workspace without any prefix', { workspace: 'staging', prefix: '' }],
  ['the default workspace, which ignores the prefix', { prefix: 'teams/blue' }],
];

describe.skipIf(!inject('terraform') || !motoUrl).for(STORES)('in %s', ([, testbed]) => {
  if (testbed !== DEFAULT) runStepsInProcess();

  it('pulls the exact bytes that terraform wrote, and reports their serial and lineage', async () => {
    const state = await setUp(testbed);
    const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
    await laptop.apply('one', 'two');
    const main = await job.run('main', { with: state.inputs });
    expect(main.exitCode).toBe(0);
    const pulled = await readStateFile(main.outputs.state_path);
    const stored = await state.object();
    expect(pulled.equals(stored)).toBe(true);
    const theirs = parseState(await laptop.run('state', 'pull'));
    const digest = await state.digest();
    expect(main.outputs).toMatchObject({
      state_exists: 'true',
      workspace: testbed.workspace ?? 'default',
      digest,
      serial: String(theirs.serial),
      lineage: theirs.lineage,
      terraform_version: theirs.terraform_version,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(main.annotations).toEqual([]);
    const post = await job.run('post', { omitInputs: true });
    expect(post.annotations).toEqual([]);
    expect((await state.object()).equals(stored)).toBe(true);
    await expectSound(state);
  });

  it('terraform pulls what we pushed and plans no change, and we pull what it writes next', async () => {
    const state = await setUp(testbed);
    const [laptop, job, next] = await Promise.all([state.laptop(), state.job(), state.job()]);
    await laptop.apply('one');
    const main = await job.run('main', { with: state.inputs });
    await applyToFile(main.outputs.state_path, 'one', 'ours');
    const file = await readStateFile(main.outputs.state_path);
    const post = await job.run('post', { omitInputs: true });
    expect(post.exitCode).toBe(0);
    expect((await state.object()).equals(file)).toBe(true);
    await expectSound(state);
    expect(parseState(await laptop.run('state', 'pull'))).toEqual(parseState(file));
    const plan = await laptop.tryRun('plan', '-detailed-exitcode', '-var', 'words=["one","ours"]');
    expect(plan).toMatchObject({ code: 0 });

    await laptop.apply('one', 'ours', 'theirs');
    await expectSound(state);
    const again = await next.run('main', { with: state.inputs });
    expect(again.exitCode).toBe(0);
    expect((await readStateFile(again.outputs.state_path)).equals(await state.object())).toBe(true);
    expect(Number(again.outputs.serial)).toBeGreaterThan(parseState(file).serial);
    expect(again.outputs.lineage).toBe(main.outputs.lineage);
  });

  it('terraform plans no change for a state that we made first, and lists its workspace', async () => {
    const state = await setUp(testbed);
    const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
    const main = await job.run('main', { with: { ...state.inputs, publish_outputs: 'true' } });
    expect(main.outputs).toMatchObject({ state_exists: 'false', serial: '', fingerprint: 'no-state' });
    expect(await listObjects(state.clients, state.fixture.bucket)).toEqual([]);
    await applyToFile(main.outputs.state_path, 'first');
    const post = await job.run('post', { omitInputs: true });
    expect(post.exitCode).toBe(0);
    const published = `${state.objectKey}.outputs.json`;
    expect(await listObjects(state.clients, state.fixture.bucket)).toEqual([state.objectKey, published]);
    const listed = (await laptop.run('workspace', 'list')).split('\n').map((line) => line.slice(2));
    const workspaces = new Set(['default', testbed.workspace ?? 'default']);
    // Below them it may say that TF_WORKSPACE decides.
    const end = listed.indexOf('');
    expect(listed.slice(0, end)).toEqual([...workspaces]);
    const plan = await laptop.tryRun('plan', '-detailed-exitcode', '-var', 'words=["first"]');
    expect(plan).toMatchObject({ code: 0 });
    await expectSound(state);
  });
});

describe.skipIf(!inject('terraform') || !motoUrl)('a state that both clients write', () => {
  runStepsInProcess();

  it('keeps its lineage and serial when we push it first, which terraform accepts', async () => {
    const state = await setUp();
    const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
    const main = await job.run('main', { with: state.inputs });
    const lineage = '11111111-2222-3333-4444-555555555555';
    const text = JSON.stringify({
      version: 4,
      terraform_version: '1.5.0',
      serial: 41,
      lineage,
      outputs: { words: { value: '', type: 'string' } },
      resources: [],
      check_results: null,
    });
    await writeFile(main.outputs.state_path ?? '', text);
    expect((await job.run('post', { omitInputs: true })).exitCode).toBe(0);
    expect((await state.object()).toString()).toBe(text);
    expect(parseState(await laptop.run('state', 'pull'))).toMatchObject({ serial: 41, lineage });
    await laptop.apply('one');
    expect(parseState(await state.object())).toMatchObject({ serial: 42, lineage });
  });

  it('keeps its lineage when terraform destroys it and we fill it again', async () => {
    const state = await setUp();
    const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
    await laptop.apply('one');
    await laptop.run('destroy', '-auto-approve');
    const empty = parseState(await state.object());
    const main = await job.run('main', { with: state.inputs });
    expect(main.outputs).toMatchObject({ state_exists: 'true', serial: String(empty.serial) });
    await applyToFile(main.outputs.state_path, 'again');
    expect((await job.run('post', { omitInputs: true })).exitCode).toBe(0);
    expect(await laptop.run('output', '-raw', 'words')).toBe('again');
    expect(parseState(await state.object()).lineage).toBe(empty.lineage);
  });

  it('contains numbers and texts that JSON.parse would damage, and both clients preserve them', async () => {
    const state = await setUp();
    const config = `
      variable "words" {
        default = null
      }
      resource "terraform_data" "odd" {
        input = [12345678901234567890, 0.1000000000000000055511151231257827, "<&>\\u2028é"]
      }
      output "odd" {
        value = terraform_data.odd.output
      }`;
    const [laptop, job] = await Promise.all([state.laptop(config), state.job()]);
    await laptop.run('apply', '-auto-approve');
    const main = await job.run('main', { with: state.inputs });
    const text = (await readStateFile(main.outputs.state_path)).toString();
    expect(text).toContain('12345678901234567890');
    expect(text).toContain('0.1000000000000000055511151231257827');
    const serial = Number(main.outputs.serial);
    const changed = text
      .replace(`"serial": ${serial}`, `"serial": ${serial + 1}`)
      .replace('"check_results": null', '"check_results": []');
    await writeFile(main.outputs.state_path ?? '', changed);
    await job.run('post', { omitInputs: true });
    expect((await state.object()).toString()).toBe(changed);
    expect(await laptop.tryRun('plan', '-detailed-exitcode')).toMatchObject({ code: 0 });
  });

  const encryptions: [string, Partial<SharedStateOptions>, object][] = [
    ['AES256', { encrypt: true }, { ServerSideEncryption: 'AES256' }],
    [
      'a KMS key',
      {
        encrypt: true,
        kmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/12345678-1234-4234-8234-123456789012',
      },
      { ServerSideEncryption: 'aws:kms' },
    ],
  ];
  it.for(encryptions)(
    "is encrypted with %s by both, and each reads the other's",
    async ([, options, headers]) => {
      const state = await setUp(options);
      const head = () => headObject(state.clients, state.fixture.bucket, state.objectKey);
      const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
      await laptop.apply('one');
      const theirs = await head();
      expect(theirs).toMatchObject(headers);
      const main = await job.run('main', { with: state.inputs });
      await applyToFile(main.outputs.state_path, 'one', 'ours');
      expect((await job.run('post', { omitInputs: true })).exitCode).toBe(0);
      const ours = await head();
      expect(ours).toMatchObject(headers);
      expect(ours?.SSEKMSKeyId).toBe(theirs?.SSEKMSKeyId);
      expect(ours?.ContentType).toBe(theirs?.ContentType);
      expect(await laptop.run('output', '-raw', 'words')).toBe('one,ours');
      await expectSound(state);
    },
  );
});
