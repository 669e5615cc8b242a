import { rm } from 'node:fs/promises';
import { expect, inject, it, onTestFinished } from 'vitest';
import { rolePolicy } from '../../scripts/policy/policies.ts';
import { enforcePolicies } from '../packaged/iam-gate.ts';
import { describePackaged, openTestbed, type Testbed } from '../packaged/support.ts';
import { testbedRole } from '../packaged/testbed-role.ts';
import { createRootModule, type RootModule } from './root-module.ts';

/** A laptop that works on a state of the testbed's bucket, with a lock in both stores. */
async function laptop(testbed: Testbed, key: string): Promise<RootModule> {
  const { bucket, table } = testbed.fixture;
  const extra = { use_lockfile: 'true' };
  const module = await createRootModule({
    settings: { endpoint: testbed.proxy.url, bucket, table, key, extra },
  });
  onTestFinished(() => rm(module.dir, { recursive: true, force: true }));
  return module;
}

describePackaged('terraform under the policy that is printed for this action', () => {
  it.skipIf(inject('terraform') === undefined)(
    "works on its own state, and can't even start on another in the same bucket",
    async () => {
      const testbed = await openTestbed();
      const { bucket } = testbed.fixture;
      const gate = enforcePolicies(testbed, {
        rolePolicy: JSON.stringify(rolePolicy('hold', testbedRole(testbed, { useLockfile: true }))),
      });
      const own = await laptop(testbed, testbed.objectKey);
      await own.apply('one');
      expect(await own.run('output', '-raw', 'words')).toBe('one');
      expect(gate.refused).toEqual([]);
      await expect(laptop(testbed, 'other/app.tfstate')).rejects.toThrow('StatusCode: 403');
      expect(gate.refused).toEqual([`s3:GetObject arn:aws:s3:::${bucket}/other/app.tfstate`]);
    },
  );
});
