import { rm } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { thisMachine } from '../../src/runner/machine.ts';
import { createRootModule } from '../interop/root-module.ts';

describe('this machine', () => {
  it('is called as Terraform calls it', () => {
    expect(thisMachine.host).toBe(hostname());
    expect(thisMachine.user()).toBe(userInfo().username);
  });

  it.skipIf(!inject('terraform') || process.platform !== 'linux')(
    'shows the Terraforms that run, with their job and their folder, until they end',
    async () => {
      const trackingId = `github_${process.pid}`;
      const env = { RUNNER_TRACKING_ID: trackingId, TF_DATA_DIR: 'data' };
      const { dir, hold } = await createRootModule({ env });
      onTestFinished(() => rm(dir, { recursive: true }));
      const own = async () =>
        (await thisMachine.terraforms())?.filter((terraform) => terraform.trackingId === trackingId);
      const apply = await hold();
      expect(await own()).toEqual([{ trackingId, directory: dir, dataDirectory: 'data' }]);
      await apply.open();
      expect(await own()).toEqual([]);
    },
  );
});
