import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { readOutputs } from '../packaged/outputs-step.ts';
import { openTestbed, type Testbed } from '../packaged/support.ts';
import { startProcess } from '../support/runner-process.ts';
import { terraformEnv } from '../support/terraform.ts';
import { findOnPath } from '../support/tools.ts';

const tofu = findOnPath('tofu');
const CONFIG = `
variable "word" {}

resource "terraform_data" "word" {
  input = var.word
}
`;
const PASSPHRASE = 'correct horse battery staple';
const ENCRYPTION = `
key_provider "pbkdf2" "k" {
  passphrase = "${PASSPHRASE}"
}

method "aes_gcm" "m" {
  keys = key_provider.pbkdf2.k
}

method "unencrypted" "plain" {}

state {
  method = method.aes_gcm.m
  fallback {
    method = method.unencrypted.plain
  }
}
`;

const CHAINED = ENCRYPTION.replace(
  'method "aes_gcm"',
  'key_provider "pbkdf2" "outer" {\n  chain = key_provider.pbkdf2.k\n}\n\nmethod "aes_gcm"',
).replace('keys = key_provider.pbkdf2.k', 'keys = key_provider.pbkdf2.outer\n  aad  = [1, 2, 3]');

if (tofu === undefined) console.warn('Skipped: encrypted states, since there is no tofu on PATH.');

describe.skipIf(tofu === undefined || !inject('motoUrl'))('states that OpenTofu encrypts', () => {
  it('are held from the first apply, and another ciphertext of the same state is no change', async () => {
    const testbed = await openTestbed();
    const first = await applied(testbed, 'one', ENCRYPTION);
    expect(first.post).toMatchObject({ exitCode: 0 });
    const stored = await testbed.object();
    expect(stored).toContain('"encrypted_data"');
    const inputs = { key: testbed.objectKey, encryption_passphrase: PASSPHRASE };
    const { outputs } = await readOutputs(testbed, {
      ...inputs,
      lookup: 'word=terraform_data.word.input.value',
    });
    expect(outputs).toMatchObject({ reason_code: 'read', word: 'one' });
    const same = await applied(testbed, 'one', ENCRYPTION);
    expect(same.main.outputs).toMatchObject({ state_exists: 'true', terraform_version: '' });
    expect(same.post).toMatchObject({ exitCode: 0 });
    expect(await testbed.object()).toBe(stored);
    const changed = await applied(testbed, 'two', ENCRYPTION);
    expect(changed.post).toMatchObject({ exitCode: 0 });
    expect(await testbed.object()).not.toBe(stored);
    expect(readSerial(await testbed.object())).toBeGreaterThan(readSerial(stored));
    expect(await testbed.lock()).toBeUndefined();
  });

  it('are read with the same TF_ENCRYPTION, with chained keys and an aad', async () => {
    const testbed = await openTestbed();
    const first = await applied(testbed, 'one', CHAINED);
    expect(first.post).toMatchObject({ exitCode: 0 });
    expect(await testbed.object()).toContain('"encrypted_data"');
    const inputs = { key: testbed.objectKey, lookup: 'word=terraform_data.word.input.value' };
    const { outputs } = await readOutputs(testbed, inputs, { env: { TF_ENCRYPTION: CHAINED } });
    expect(outputs).toMatchObject({ reason_code: 'read', word: 'one' });
  });

  it('are read with a TF_ENCRYPTION in JSON, whose texts are templates', async () => {
    const escaped = 'correct $$'.concat('{horse} battery staple');
    const config = JSON.stringify({
      key_provider: { pbkdf2: { k: { passphrase: escaped } } },
      method: { aes_gcm: { m: { keys: 'key_provider.pbkdf2.k' } } },
      state: { method: 'method.aes_gcm.m' },
    });
    const testbed = await openTestbed();
    expect((await applied(testbed, 'one', config)).post).toMatchObject({ exitCode: 0 });
    const inputs = { key: testbed.objectKey, lookup: 'word=terraform_data.word.input.value' };
    const { outputs } = await readOutputs(testbed, inputs, { env: { TF_ENCRYPTION: config } });
    expect(outputs).toMatchObject({ reason_code: 'read', word: 'one' });
  });

  it('may start unencrypted and become encrypted without any other change', async () => {
    const testbed = await openTestbed();
    await applied(testbed, 'one', undefined);
    const plain = await testbed.object();
    expect(plain).toContain('"resources"');
    const { post } = await applied(testbed, 'one', ENCRYPTION);
    expect(post).toMatchObject({ exitCode: 0 });
    const end = await testbed.object();
    expect(end === plain || end?.includes('"encrypted_data"')).toBe(true);
  });
});

function readSerial(text: string | undefined): number {
  return Number(/"serial":\s*(\d+)/.exec(text ?? '')?.[1]);
}

/** One job that applies with OpenTofu. */
async function applied(testbed: Testbed, word: string, encryption: string | undefined) {
  const job = await testbed.job({ with: { working_directory: 'infra', checkpoint_interval: '0s' } });
  const directory = join(job.workspace, 'infra');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'main.tf'), CONFIG);
  const main = await job.main();
  expect(main.exitCode).toBe(0);
  const secret: Record<string, string> = encryption === undefined ? {} : { TF_ENCRYPTION: encryption };
  const env = { ...terraformEnv(), ...secret };
  for (const args of [['init'], ['apply', '-auto-approve', `-var=word=${word}`]]) {
    const run = startProcess(tofu ?? 'tofu', [...args, '-no-color'], {
      cwd: directory,
      env,
      onLine: () => {},
    });
    const { exitCode } = await run.end;
    expect(`${exitCode} ${exitCode === 0 ? '' : run.rawStderr()}`).toBe('0 ');
  }
  return { main, post: await job.post() };
}
