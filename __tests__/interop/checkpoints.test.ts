import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { md5 } from '../packaged/support.ts';
import { endProcess } from '../support/runner-orphans.ts';
import { startTerraform, writeConfig } from '../support/terraform.ts';
import { differs } from './opentofu.ts';
import { parseState, sharedStates } from './shared-state.ts';

/** An apply that has made its first resource and works on its second while a file `closed` exists. */
const LONG_APPLY = `
resource "terraform_data" "first" {
  input = "one"
}

resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "while [ -e closed ]; do sleep 0.05; done"
  }
}
`;

const setUp = sharedStates();

describe.skipIf(!inject('terraform') || !inject('motoUrl'))('an apply on a lost runner', () => {
  it.skipIf(differs('writes the state only every 20 s'))(
    'has stored its earlier changes in S3, and a laptop continues from there',
    async () => {
      const state = await setUp();
      const job = await state.job();
      const main = await job.run('main', { with: { ...state.inputs, checkpoint_interval: '1s' } });
      const dir = await mkdtemp(join(tmpdir(), 'long-apply-'));
      onTestFinished(() => rm(dir, { recursive: true, force: true }));
      await writeFile(join(dir, 'closed'), '');
      await writeConfig(dir, { 'main.tf': LONG_APPLY });
      const apply = startTerraform(dir, ['apply', '-auto-approve', `-state=${main.outputs.state_path}`]);
      await vi.waitFor(async () => expect(await state.digest()).toBeDefined(), {
        timeout: 30_000,
        interval: 50,
      });
      apply.signal('SIGKILL');
      for (const pid of job.orphans()) endProcess(pid);
      await apply.end;

      const stored = await state.object();
      expect(parseState(stored).resources.map(({ name }) => name)).toContain('first');
      expect(await state.digest()).toBe(md5(stored.toString('utf8')));
      const laptop = await state.laptop(LONG_APPLY);
      await laptop.run('force-unlock', '-force', main.outputs.lock_id ?? '');
      expect(await laptop.run('state', 'list')).toContain('terraform_data.first');
      // No gate is closed there.
      expect(await laptop.run('apply', '-auto-approve')).toContain('Apply complete!');
      expect(await state.lockInfo()).toBeUndefined();
    },
  );
});
