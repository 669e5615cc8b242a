import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ACCOUNT_ID, REGION } from '../support/aws.ts';
import { enforcePolicies, type IamGate } from './iam-gate.ts';
import { appliedState, stateText } from './states.ts';
import { describePackaged, findErrors, openTestbed, type Testbed } from './support.ts';

const POLICIES = join(import.meta.dirname, '../../examples/policies');

/** The example's policy for the role of a workspace, with the names of a testbed. */
function examplePolicy(workspace: string, { fixture }: Testbed): string {
  return readFileSync(join(POLICIES, `state-${workspace}.json`), 'utf8')
    .replaceAll('myorg-terraform-states', fixture.bucket)
    .replaceAll('myapp/terraform.tfstate', 'network/app.tfstate')
    .replaceAll('terraform-locks', fixture.table)
    .replaceAll('us-east-1', REGION)
    .replaceAll('111122223333', ACCOUNT_ID);
}

/** The state of production, and jobs with a workspace's role and no session policy. */
async function openProduction(role: string): Promise<{ testbed: Testbed; gate: IamGate }> {
  const testbed = await openTestbed({ role: true, workspace: 'production' });
  await testbed.seed(stateText());
  return { testbed, gate: enforcePolicies(testbed, { rolePolicy: examplePolicy(role, testbed) }) };
}

describePackaged('a role for each workspace, in one bucket and one table (examples/policies)', () => {
  it("production's own role does all that a job needs", async () => {
    const { testbed, gate } = await openProduction('production');
    const job = await testbed.job({ with: { session_policy: 'none' } });
    expect(await job.main()).toMatchObject({ exitCode: 0, outputs: { reason_code: 'held' } });
    await job.change(appliedState());
    expect((await job.post()).exitCode).toBe(0);
    expect(await testbed.object()).toBe(appliedState());
    expect(gate.refused).toEqual([]);
  });

  it.each([
    ['lock', {}],
    ['read', { lock: 'none' }],
  ])("staging's role can't %s production", async (_, inputs) => {
    const { testbed, gate } = await openProduction('staging');
    const job = await testbed.job({ with: { session_policy: 'none', ...inputs } });
    const main = await job.main();
    expect(main.outputs.reason_code).toBe('access_denied');
    expect(findErrors(main)).toContain('is not allowed to do this');
    // Both may list the names of the bucket's objects.
    expect([...gate.allowed].filter((line) => !line.startsWith('s3:ListBucket'))).toEqual([]);
    await job.post();
    expect(await testbed.object()).toBe(stateText());
    expect(await testbed.lock()).toBeUndefined();
  });

  it("staging's role can't free a lock of production", async () => {
    const { testbed, gate } = await openProduction('staging');
    const theirs = '{"ID":"theirs","Operation":"","Info":"","Who":"","Version":"","Created":"","Path":""}';
    await testbed.putLock(theirs);
    const job = await testbed.job({ with: { session_policy: 'none' } });
    await job.main();
    await job.post();
    expect(gate.refused.length).toBeGreaterThan(0);
    expect(await testbed.lock()).toBe(theirs);
  });
});
