import { expect, it, onTestFinished } from 'vitest';
import { type RoleFor, rolePolicy } from '../../scripts/policy/policies.ts';
import type { Use } from '../../src/backend/policy/uses.ts';
import { ACCOUNT_ID, listObjects, REGION } from '../support/aws.ts';
import { readStatements } from '../support/iam.ts';
import { startTokenService } from '../support/oidc.ts';
import { untilPushed } from './checkpointed-job.ts';
import { enforcePolicies, type GateOptions, type IamGate } from './iam-gate.ts';
import { readOutputs } from './outputs-step.ts';
import { appliedState, stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  findWarnings,
  openTestbed,
  type Testbed,
} from './support.ts';
import { testbedRole } from './testbed-role.ts';
import { lockInfo, unlock } from './unlock-step.ts';

const KMS_KEY = `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/12345678-1234-4234-8234-123456789012`;
const ENCRYPTED = { encrypt: 'true', kms_key_id: KMS_KEY, acl: 'bucket-owner-full-control' };
const EVERYTHING = { use_lockfile: 'true', checkpoint_interval: '1s', ...ENCRYPTED };

/** The policy that the helper prints for the role, whose jobs use every feature. */
function printed(testbed: Testbed, use: Use, more: Partial<RoleFor> = {}): string {
  const all = { useLockfile: true, queues: false, kmsKeyId: KMS_KEY, acl: ENCRYPTED.acl };
  return JSON.stringify(rolePolicy(use, testbedRole(testbed, { ...all, ...more })));
}

/** A testbed behind IAM. */
async function openGated(use: Use, options: GateOptions = {}): Promise<{ testbed: Testbed; gate: IamGate }> {
  const testbed = await openTestbed({ role: true });
  return { testbed, gate: enforcePolicies(testbed, { rolePolicy: printed(testbed, use), ...options }) };
}

/** The session policy without one statement, by its name in the printed one, which has the same statements. */
function without(testbed: () => Testbed, use: Use, sid: string): (policy: string) => string {
  return (policy) => {
    const names = readStatements(printed(testbed(), use)).map(({ Sid }) => Sid);
    const Statement = readStatements(policy).filter((_, i) => names[i] !== sid);
    expect(Statement).toHaveLength(names.length - 1);
    return JSON.stringify({ Version: '2012-10-17', Statement });
  };
}

describePackaged('session_policy: minimal', () => {
  it('a job that holds: a first state, checkpoints, a push, with lock file, table and KMS', async () => {
    const { testbed, gate } = await openGated('hold');
    const job = await testbed.job({ with: EVERYTHING });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, outputs: { state_exists: 'false' } });
    await job.change(stateText());
    await untilPushed(testbed, stateText());
    await job.change(appliedState());
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0 });
    expect(findWarnings(main) + findWarnings(post)).toBe('');
    expect(await testbed.object()).toBe(appliedState());
    expect(gate.refused).toEqual([]);
    const actions = readStatements(gate.sessions[0] ?? '').flatMap(({ Action }) => Action);
    expect(new Set(actions)).toEqual(new Set([...listActions(gate), 'kms:Decrypt']));
    // Main, checkpointer and post each had a session of their own, narrowed alike.
    expect(gate.sessions).toHaveLength(3);
    expect(new Set(gate.sessions).size).toBe(1);
  });
});

describeInProcess('session_policy: minimal', () => {
  it('a key that is too long is shortened to its beginning and end, with a warning', async () => {
    const testbed = await openTestbed({ role: true });
    const gate = enforcePolicies(testbed, {});
    const key = `${'stack/'.repeat(100)}app.tfstate`;
    const job = await testbed.job({ with: { use_lockfile: 'true', key } });
    const main = await job.main();
    expect(main.exitCode).toBe(0);
    expect(findWarnings(main)).toContain("don't fit into a session policy of 2048 characters");
    await job.change(appliedState());
    expect((await job.post()).exitCode).toBe(0);
    expect(await listObjects(testbed.clients, testbed.fixture.bucket)).toEqual([key]);
    expect(gate.refused).toEqual([]);
    expect(gate.sessions[0]?.length).toBeLessThanOrEqual(2048);
  });
});

describeInProcess('every statement of the minimal policy is needed', () => {
  it.each([
    ['State', 's3:GetObject', 'network/app.tfstate'],
    // A store other than AWS is read first.
    ['LockFile', 's3:GetObject', 'network/app.tfstate.tflock'],
    ['MissingObject', 's3:ListBucket', ''],
    ['Table', 'dynamodb:PutItem', ''],
    ['Encrypt', 'kms:GenerateDataKey', ''],
  ])('hold without %s: %s is refused, and main names the call', async (sid, action, key) => {
    const { testbed, gate } = await openGated('hold', { change: without(() => testbed, 'hold', sid) });
    const job = await testbed.job({ with: EVERYTHING });
    const main = await job.main();
    expect(main.exitCode).toBe(1);
    expect(gate.refused[0]).toMatch(new RegExp(`^${action} .*${key}$`));
    expect(findErrors(main)).toContain(`It needs the permission ${action}`);
    expect(findErrors(main)).toContain('session_policy');
  });

  it('hold without Decrypt: kms:Decrypt is refused for a state under KMS', async () => {
    const { testbed, gate } = await openGated('hold', { change: without(() => testbed, 'hold', 'Decrypt') });
    const session = { session_policy: 'none', checkpoint_interval: '0s' };
    const writer = await testbed.job({ with: { ...ENCRYPTED, ...session } });
    await writer.main();
    await writer.change(stateText());
    expect((await writer.post()).exitCode).toBe(0);
    const job = await testbed.job({ with: { ...EVERYTHING, checkpoint_interval: '0s' } });
    expect(findErrors(await job.main())).toContain('It needs the permission kms:Decrypt');
    expect(gate.refused).toContain(`kms:Decrypt ${KMS_KEY}`);
  });

  it.each([
    ['State', 's3:GetObject'],
    ['MissingObject', 's3:ListBucket'],
    ['Table', 'dynamodb:GetItem'],
  ])('outputs without %s: %s is refused', async (sid, action) => {
    const more = { useLockfile: false };
    const { testbed, gate } = await openGated('outputs', {
      rolePolicy: undefined,
      change: (policy) => {
        const names = readStatements(printed(testbed, 'outputs', more)).map(({ Sid }) => Sid);
        const Statement = readStatements(policy).filter((_, i) => names[i] !== sid);
        return JSON.stringify({ Version: '2012-10-17', Statement });
      },
    });
    await readOutputs(testbed, { role_arn: testbed.fixture.roleArn, allow_missing: 'true' });
    expect(gate.refused[0]).toContain(`${action} `);
  });

  it.each([
    ['LockFile', 's3:GetObject'],
    ['MissingObject', 's3:ListBucket'],
    ['Table', 'dynamodb:GetItem'],
  ])('unlock without %s: %s is refused', async (sid, action) => {
    const { testbed, gate } = await openGated('unlock', { change: without(() => testbed, 'unlock', sid) });
    const role = { ...ENCRYPTED, role_arn: testbed.fixture.roleArn, use_lockfile: 'true', force: 'true' };
    const step = await unlock(testbed, role);
    expect(step.exitCode).toBe(1);
    expect(findErrors(step)).toContain(action);
    expect(gate.refused.map((line) => line.split(' ')[0])).toContain(action);
  });

  it('unlock without the permissions to repair a digest: the lock is freed, and the log says what was not checked', async () => {
    const { testbed } = await openGated('unlock', { change: without(() => testbed, 'unlock', 'Digest') });
    await testbed.putLock(lockInfo());
    const role = { ...ENCRYPTED, role_arn: testbed.fixture.roleArn, use_lockfile: 'true', force: 'true' };
    const step = await unlock(testbed, role);
    expect(step).toMatchObject({ exitCode: 0, outputs: { reason_code: 'released' } });
    expect(step.log).toContain(
      'The action could not check whether the state has its digest. dynamodb:GetItem',
    );
    expect(await testbed.lock()).toBeUndefined();
  });
});

describeInProcess('fine-grained access to locks', () => {
  it('dynamodb:LeadingKeys: a role for one state can neither take nor see the lock of another', async () => {
    const testbed = await openTestbed({ role: true });
    const gate = enforcePolicies(testbed, {
      rolePolicy: printed(testbed, 'hold', { key: 'other/app.tfstate' }),
    });
    const job = await testbed.job({ with: { session_policy: 'none' } });
    const main = await job.main();
    expect(main.exitCode).toBe(1);
    expect(main.outputs.reason_code).toBe('access_denied');
    expect(gate.refused[0]).toMatch(/^dynamodb:PutItem /);
    expect([...gate.allowed].filter((line) => line.startsWith('dynamodb:'))).toEqual([]);
    expect(await testbed.lock()).toBeUndefined();
  });
});

describePackaged('session_policy', () => {
  it("narrows the session of the job's own identity, too", async () => {
    const service = await startTokenService();
    onTestFinished(() => service.stop());
    const { testbed, gate } = await openGated('hold');
    const job = await testbed.job({ env: {}, actionsEnv: service.variables });
    expect((await job.main()).exitCode).toBe(0);
    await job.change(stateText());
    expect((await job.post()).exitCode).toBe(0);
    expect(gate.refused).toEqual([]);
    expect(testbed.calls()).toContain('sts AssumeRoleWithWebIdentity');
    expect(gate.sessions[0]).toContain(`${objectArn(testbed)}.rescue/*`);
    expect(new Set(gate.sessions).size).toBe(1);
  });
});

describeInProcess('session_policy', () => {
  it('none: the session has no policy', async () => {
    const testbed = await openTestbed({ role: true });
    const gate = enforcePolicies(testbed, {});
    const job = await testbed.job({ with: { session_policy: 'none' } });
    await job.main();
    expect(gate.sessions).toEqual([undefined]);
    await job.post();
  });

  it('assume_role_policy takes its place', async () => {
    const testbed = await openTestbed({ role: true });
    const policy = '{"Version":"2012-10-17","Statement":[]}';
    const gate = enforcePolicies(testbed, { change: () => printed(testbed, 'hold') });
    const job = await testbed.job({ with: { assume_role_policy: policy } });
    expect((await job.main()).exitCode).toBe(0);
    expect(gate.sessions).toEqual([policy]);
    await job.post();
  });

  it.each(['MalformedPolicyDocument', 'PackedPolicyTooLarge'])(
    "an STS that doesn't accept it (%s): the error says how to omit it",
    async (code) => {
      const testbed = await openTestbed({ role: true });
      const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error>`;
      testbed.proxy.onRequest(({ service }) =>
        service === 'sts' ? { status: 400, body: `<ErrorResponse>${error}</ErrorResponse>` } : 'pass',
      );
      const job = await testbed.job();
      expect(findErrors(await job.main())).toMatch(
        /Set `session_policy: none` to leave the action's own policy out/,
      );
      expect(testbed.calls().filter((call) => !call.startsWith('sts'))).toEqual([]);
    },
  );

  it('anything else is refused before a call', async () => {
    const testbed = await openTestbed({ role: true });
    const job = await testbed.job({ with: { session_policy: 'tight' } });
    expect(findErrors(await job.main())).toContain('session_policy is "tight"');
    expect(testbed.calls()).toEqual([]);
  });
});

function listActions({ allowed }: IamGate): string[] {
  return [...new Set([...allowed].map((line) => line.split(' ')[0] ?? ''))].sort();
}

function objectArn({ fixture, objectKey }: Testbed): string {
  return `arn:aws:s3:::${fixture.bucket}/${objectKey}`;
}
