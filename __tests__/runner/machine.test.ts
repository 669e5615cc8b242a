import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { thisMachine } from '../../src/runner/machine.ts';
import { createRootModule } from '../interop/root-module.ts';
import { startProcess } from '../support/runner-process.ts';
import { terraformEnv } from '../support/terraform.ts';

describe('this machine', () => {
  it('has the name that Terraform uses', () => {
    expect(thisMachine.host).toBe(hostname());
    expect(thisMachine.user()).toBe(userInfo().username);
  });

  it.skipIf(!inject('terraform') || process.platform !== 'linux')(
    'lists running Terraforms with their job and folder until they end',
    async () => {
      const trackingId = `github_${process.pid}`;
      const env = { RUNNER_TRACKING_ID: trackingId, TF_DATA_DIR: 'data', TF_WORKSPACE: 'prod' };
      const { dir, hold } = await createRootModule({ env });
      onTestFinished(() => rm(dir, { recursive: true }));
      const state = join(dir, 'terraform.tfstate.d', 'prod', 'terraform.tfstate');
      const own = async (path?: string) =>
        (await thisMachine.terraforms(path))?.filter((terraform) => terraform.trackingId === trackingId);
      const begin = Date.now();
      const apply = await hold();
      const [found] = (await own(state)) ?? [];
      expect(found).toMatchObject({ trackingId, directory: dir, dataDirectory: 'data', canSignal: true });
      expect(found).toMatchObject({ pid: apply.process.pid, hasStateOpen: true, openStates: [state] });
      expect(found?.workspace).toBe('prod');
      expect(Math.abs((found?.startedAt ?? 0) - begin)).toBeLessThan(5_000);
      expect(await own(join(dir, 'main.tf'))).toMatchObject([{ hasStateOpen: false }]);
      await apply.open();
      expect(await own()).toEqual([]);
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'lists a Terraform that has not yet changed to the folder of its -chdir with that folder',
    async () => {
      const dir = await mkdtemp(join(tmpdir(), 'chdir-'));
      onTestFinished(() => rm(dir, { recursive: true }));
      const script = join(dir, 'terraform');
      await writeFile(script, '#!/bin/sh\necho up\nkill -STOP $$\n', { mode: 0o755 });
      const stopped = startProcess(script, ['-chdir=mod', 'plan'], {
        cwd: dir,
        env: { PATH: process.env.PATH ?? '' },
        onLine: () => {},
      });
      await stopped.waitForLine(/up/);
      const found = await thisMachine.terraforms();
      stopped.signal('SIGKILL');
      await stopped.end;
      expect(found?.find(({ pid }) => pid === stopped.pid)?.directory).toBe(join(dir, 'mod'));
    },
  );

  it.skipIf(!inject('terraform') || process.platform !== 'linux' || process.getuid?.() !== 0)(
    "detects another user's Terraform by its lock on the state, whatever its environment says",
    async () => {
      const { dir } = await createRootModule({ config: GATED });
      onTestFinished(() => rm(dir, { recursive: true }));
      const state = join(dir, 'terraform.tfstate');
      const open = join(dir, 'open');
      await chmod(dir, 0o777);
      const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
      const apply = startProcess('setpriv', [...nobody, 'terraform', 'apply', '-auto-approve'], {
        cwd: dir,
        env: { ...terraformEnv(), HOME: dir },
        onLine: () => {},
      });
      await apply.waitForLine(/Provisioning with/);
      const found = await thisMachine.terraforms(state);
      await writeFile(open, '');
      expect((await apply.end).exitCode).toBe(0);
      expect(found?.filter(({ pid }) => pid === apply.pid)).toMatchObject([{ hasStateOpen: true }]);
      expect((await thisMachine.terraforms(state))?.some(({ pid }) => pid === apply.pid)).toBe(false);
    },
  );
});

const GATED = `
resource "terraform_data" "gate" {
  provisioner "local-exec" {
    command = "while [ ! -e open ]; do sleep 0.05; done"
  }
}
`;
