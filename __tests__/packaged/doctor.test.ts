import { expect, it } from 'vitest';
import { rolePolicy } from '../../scripts/policy/policies.ts';
import { listObjects, REGION } from '../support/aws.ts';
import { readStatements } from '../support/iam.ts';
import type { StageResult } from '../support/runner.ts';
import { s3Error } from './faults.ts';
import { enforcePolicies } from './iam-gate.ts';
import { runAction } from './run-action.ts';
import { stateText } from './states.ts';
import { describePackaged, findErrors, findWarnings, openTestbed, type Testbed } from './support.ts';
import { testbedRole } from './testbed-role.ts';
import { HELD_BY_RUN, RUN } from './unlock-step.ts';

/** AWS's own host names, which jobs reach through the testbed's proxy: only there the doctor tries writes. */
const AS_AWS = {
  endpoint: `http://s3.${REGION}.amazonaws.com`,
  dynamodb_endpoint: `http://dynamodb.${REGION}.amazonaws.com`,
  // The session goes over plain http, but only as far as the proxy.
  insecure: 'true',
};

async function visit(testbed: Testbed, inputs: Record<string, string> = {}): Promise<StageResult> {
  return await runAction('doctor', testbed, { ...AS_AWS, http_proxy: testbed.proxy.url, ...inputs });
}

function readResults({ outputs }: StageResult): Record<string, string> {
  const { checks = [] } = JSON.parse(outputs.result ?? '{}');
  return Object.fromEntries(checks.map(({ check, result }: Record<string, string>) => [check, result]));
}

/** The policy that the helper prints for a role. */
const printed = (testbed: Testbed, use: 'hold' | 'doctor') =>
  JSON.stringify(rolePolicy(use, testbedRole(testbed)));

describePackaged('doctor', () => {
  it('is healthy with the printed policy and a session of its own; the table is in log and summary', async () => {
    const testbed = await openTestbed({ role: true, versioning: true });
    await testbed.seed(stateText());
    const gate = enforcePolicies(testbed, { rolePolicy: printed(testbed, 'doctor') });
    const done = await visit(testbed, { role_arn: testbed.fixture.roleArn });
    expect(done).toMatchObject({ exitCode: 0, outputs: { healthy: 'true', reason_code: 'healthy' } });
    expect(readResults(done)).toMatchObject({
      credentials: 'ok',
      caller: 'ok',
      bucket: 'ok',
      versioning: 'ok',
      table: 'ok',
      digest: 'ok',
      lock: 'ok',
      permissions_hold: 'ok',
      permissions_outputs: 'ok',
      permissions_unlock: 'ok',
      encryption: 'advice',
      public_access: 'advice',
    });
    expect(done.log).toMatch(/✓ Lock +free in table/);
    expect(done.summary).toContain('### 🩺 Terraform state: healthy');
    expect(findWarnings(done)).toContain('aws s3api put-public-access-block');
    expect(gate.refused).toEqual([]);
    // Every statement of the session's policy is needed.
    const actions = readStatements(gate.sessions[0] ?? '').flatMap(({ Action }) => Action);
    const used = new Set([...gate.allowed].map((line) => line.split(' ')[0] ?? ''));
    expect(new Set(actions.filter((action) => !/^kms:/.test(action)))).toEqual(used);
    expect(await testbed.object()).toBe(stateText());
    expect(await testbed.lock()).toBeUndefined();
  });

  it('fails for permissions that a role lacks and says what to add, but not for lack of read-only checks', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const policy = printed(testbed, 'hold')
      .replace('"dynamodb:PutItem",', '')
      .replace('"s3:PutObject"', '"s3:PutObjectAcl"');
    enforcePolicies(testbed, { rolePolicy: policy });
    const done = await visit(testbed, { role_arn: testbed.fixture.roleArn });
    expect(done).toMatchObject({ exitCode: 1, outputs: { healthy: 'false', reason_code: 'unhealthy' } });
    expect(readResults(done)).toMatchObject({
      permissions_hold: 'failed',
      permissions_outputs: 'ok',
      permissions_unlock: 'ok',
      versioning: 'not_checked',
      encryption: 'not_checked',
      table: 'ok',
    });
    expect(findErrors(done)).toMatch(
      /^A job that holds the state \S+\/network\/app\.tfstate would fail:\n✗ May hold: not allowed: /,
    );
    expect(findErrors(done)).toContain('add dynamodb:PutItem, s3:PutObject to the policy of arn:aws:sts::');
  });

  it('fails for a held lock, and says by whom, since when and how to free it', async () => {
    const testbed = await openTestbed();
    await testbed.putLock(HELD_BY_RUN);
    const done = await visit(testbed);
    expect(done).toMatchObject({ exitCode: 1, outputs: { healthy: 'false' } });
    expect(findErrors(done)).toContain('alice@laptop (OperationTypeApply) for 1d');
    expect(findErrors(done)).toContain(RUN);
    expect(findErrors(done)).toContain('terraform force-unlock');
    expect(done.summary).toContain('❌ Terraform state: not healthy');
    expect(await testbed.lock()).toBe(HELD_BY_RUN);
  });

  it('names the right region', async () => {
    const testbed = await openTestbed();
    const elsewhere = s3Error(301, 'PermanentRedirect', 'elsewhere', { 'x-amz-bucket-region': 'eu-west-1' });
    testbed.proxy.onRequest(({ service }) => (service === 's3' ? elsewhere : 'pass'));
    const done = await visit(testbed);
    expect(done.exitCode).toBe(1);
    expect(findErrors(done)).toContain(
      'is in eu-west-1, but `region` is us-east-1 → set `region: eu-west-1`',
    );
    expect(Object.values(readResults(done)).filter((result) => result === 'failed')).toHaveLength(1);
  });
});

describePackaged('a main that is refused', () => {
  it('lists every refusal that awaits it, one per line, after it has freed its lock', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const policy = printed(testbed, 'hold')
      .replace('"s3:GetObject"', '"s3:PutObjectAcl"')
      .replace('"s3:PutObject"', '"s3:PutObjectAcl"');
    const gate = enforcePolicies(testbed, { rolePolicy: policy });
    const job = await testbed.job({
      with: { ...AS_AWS, http_proxy: testbed.proxy.url, role_arn: testbed.fixture.roleArn },
    });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'access_denied' } });
    expect(findErrors(main)).toMatch(/^s3:GetObject on .* failed: /);
    const [, findings = ''] = findErrors(main).split('The doctor also found:\n');
    expect(findings).toMatch(/^✗ May hold: not allowed: s3:GetObject on \S+; s3:PutObject on \S+/m);
    expect(gate.refused.length).toBeLessThan(8);
    expect(await testbed.lock()).toBeUndefined();
    expect(await listObjects(testbed.clients, testbed.fixture.bucket)).toEqual([testbed.objectKey]);
    expect((await job.post()).exitCode).toBe(0);
  });
});
