import { stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { measurePeakMemory } from '../packaged/peak-memory.ts';
import { stateText } from '../packaged/states.ts';
import { describePackaged, ENV_KEYS, findErrors, openTestbed } from '../packaged/support.ts';
import { listObjects } from '../support/aws.ts';

const SIZE = 200_000_000;
/** What a step takes for a plan of a few bytes is 70 MB. */
const LIMIT = 150_000_000;

describePackaged('a plan of 200 MB', () => {
  it.skipIf(process.platform !== 'linux')(
    'is stored by post and fetched by main in constant memory',
    async () => {
      const testbed = await openTestbed();
      await testbed.seed(stateText());
      const peak = await measurePeakMemory();
      onTestFinished(() => peak.dispose());
      const env = { ...ENV_KEYS, ...peak.env };
      const planning = await testbed.job({ env, with: { lock: 'none', plan_file: 'tfplan' } });
      const { plan_id = '' } = (await planning.main()).outputs;
      const path = join(planning.workspace, 'tfplan');
      await writeFile(path, '');
      await truncate(path, SIZE);
      const stored = await planning.post();
      expect([stored.exitCode, findErrors(stored)]).toEqual([0, '']);
      expect(peak.read()).toBeLessThan(LIMIT);
      const vault = await listObjects(testbed.clients, testbed.fixture.bucket, `${testbed.objectKey}.plans/`);
      expect(vault).toHaveLength(2);

      const applying = await testbed.job({ env, with: { plan: plan_id, plan_path: 'approved.tfplan' } });
      const held = await applying.main();
      expect([held.outputs.reason_code, findErrors(held)]).toEqual(['held', '']);
      expect(peak.read()).toBeLessThan(LIMIT);
      expect((await stat(join(applying.workspace, 'approved.tfplan'))).size).toBe(SIZE);
      expect((await applying.post()).exitCode).toBe(0);
    },
  );
});
