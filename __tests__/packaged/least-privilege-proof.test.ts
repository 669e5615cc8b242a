import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { type RoleFor, type RoleUse, rolePolicy } from '../../scripts/policy/policies.ts';
import { lockItem } from '../../src/backend/lock/lock-table.ts';
import { printPlanRecord } from '../../src/backend/records/plan-record.ts';
import { planRecord } from '../backend/plan-vault/records.ts';
import {
  ACCOUNT_ID,
  deleteItem,
  enableVersioning,
  headObject,
  listObjects,
  putItem,
  putObject,
  REGION,
  readItem,
} from '../support/aws.ts';
import { deleteObject } from '../support/backend.ts';
import { endedJob, startGitHub } from '../support/github-api.ts';
import { allowedBy, type IamCall, readStatements } from '../support/iam.ts';
import type { StageResult } from '../support/runner.ts';
import { runCheck } from './check-step.ts';
import { runFreeze } from './freeze-step.ts';
import { runHistory } from './history-step.ts';
import { enforcePolicies, type GateOptions, type IamGate } from './iam-gate.ts';
import { runLocks } from './locks-step.ts';
import { readOutputs } from './outputs-step.ts';
import { runAction } from './run-action.ts';
import { appliedState, stateText } from './states.ts';
import { PLAN, PLAN_ID, PLAN_KEY, putPlan } from './stored-plan.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  md5,
  openTestbed,
  type Testbed,
} from './support.ts';
import { HELD_BY_RUN, ID, lockInfo, unlock } from './unlock-step.ts';
import { runWorkspaces } from './workspaces-step.ts';

const KMS_KEY = `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/12345678-1234-4234-8234-123456789012`;
const OF_REPAIR = { State: 's3:GetObject', Table: 'dynamodb:GetItem', Digest: 'dynamodb:GetItem' };
const OF_FILE = { LockFile: 's3:GetObject', MissingObject: 's3:ListBucket', Decrypt: 'kms:Decrypt' };
const ENCRYPTED = { encrypt: 'true', kms_key_id: KMS_KEY, acl: 'bucket-owner-full-control' };

/** The lock stores. */
const STORES = {
  item: {},
  file: { use_lockfile: 'true', dynamodb_table: '' },
  both: { use_lockfile: 'true' },
  none: { dynamodb_table: '' },
} as const;
type LockStore = keyof typeof STORES;

const hasItem = (where: LockStore) => where === 'item' || where === 'both';
const hasFile = (where: LockStore) => where === 'file' || where === 'both';

/** The policy that the helper prints for a role. */
function printed(
  { fixture, objectKey }: Testbed,
  use: RoleUse,
  where: LockStore,
  otherKeys: readonly string[] = [],
  { keepsSnapshots = true, queues = false } = {},
): string {
  const { bucket, table, region } = fixture;
  const role: RoleFor = {
    bucket,
    key: objectKey,
    otherKeys,
    workspaces: ['default', 'other'],
    workspaceKeyPrefix: 'env:',
    region,
    account: ACCOUNT_ID,
    table: hasItem(where) ? table : undefined,
    useLockfile: hasFile(where),
    keepsSnapshots,
    queues,
    kmsKeyId: KMS_KEY,
    acl: ENCRYPTED.acl,
  };
  return JSON.stringify(rolePolicy(use, role));
}

/** A testbed whose role has the printed policy and whose sessions have their narrowed ones. */
async function openGated(
  use: RoleUse,
  where: LockStore,
  options: GateOptions = {},
  { versioning = false, queues = false } = {},
) {
  const testbed = await openTestbed({ role: true, versioning });
  const role = printed(testbed, use, where, [], { queues });
  const gate = enforcePolicies(testbed, { rolePolicy: role, tableKey: KMS_KEY, ...options });
  // The endpoints are not AWS's, so session policies name KMS only when it is used.
  const inUse = { encrypt: 'true', kms_key_id: KMS_KEY };
  const inputs = { ...STORES[where], ...inUse, role_arn: testbed.fixture.roleArn };
  return { testbed, gate, inputs, role };
}

/** Written with all permissions. */
async function putSealed({ clients, fixture }: Testbed, key: string, text: string): Promise<void> {
  const seal = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KMS_KEY } as const;
  await clients.s3.send(new PutObjectCommand({ Bucket: fixture.bucket, Key: key, Body: text, ...seal }));
}

/** For each statement, the first call that is refused without it; undefined: all are allowed without it. */
function missedWithout(policy: string, calls: readonly IamCall[]): (string | undefined)[] {
  return readStatements(policy).map((_, i, all) => {
    const others = JSON.stringify({
      Version: '2012-10-17',
      Statement: all.filter((_, other) => other !== i),
    });
    return calls.find((call) => allowedBy(others, call).length === 0)?.action;
  });
}

/** Nothing was refused, each statement was needed by the call of its name, and each action in it by some call. */
function expectLeast(
  { sessions, calls, refused }: IamGate,
  role: string,
  needed: Record<string, string>,
): void {
  expect(refused).toEqual([]);
  const names = readStatements(role).map(({ Sid = '' }) => Sid);
  const session = sessions.at(-1) ?? '';
  for (const policy of [role, session]) {
    const missed = missedWithout(policy, calls);
    expect(Object.fromEntries(missed.map((action, i) => [names[i], action]))).toEqual(needed);
    expect(missed).toHaveLength(names.length);
    const unused = readStatements(policy).flatMap(({ Action }, i) =>
      Action.filter(
        (action) => !calls.some((call) => call.action === action && allowedBy(policy, call).includes(i)),
      ),
    );
    expect(unused).toEqual([]);
  }
}

const allGreen = (...stages: StageResult[]) =>
  expect(stages.map(({ exitCode }) => exitCode)).toEqual(stages.map(() => 0));

describePackaged('the minimal policy suffices, and without each of its statements a call is refused', () => {
  it("states: two of them in parallel, each in a session that can't use the other", async () => {
    const testbed = await openTestbed({ role: true });
    const { bucket, roleArn } = testbed.fixture;
    const second = 'cluster/app.tfstate';
    const role = printed(testbed, 'hold', 'item', [second]);
    const gate = enforcePolicies(testbed, { rolePolicy: role, tableKey: KMS_KEY, sideBySide: true });
    const lines = `network=${testbed.objectKey}\ncluster=${second}`;
    const { key: _, ...given } = (await testbed.job()).inputs;
    const job = await testbed.job();
    // The interval is so long that the checkpointers run but do nothing.
    const inputs = { ...given, ...ENCRYPTED, role_arn: roleArn, states: lines, checkpoint_interval: '1h' };
    const main = await job.run('main', { with: inputs });
    expect(main.exitCode, main.log).toBe(0);
    const { network, cluster } = JSON.parse(main.outputs.states ?? '');
    await writeFile(network.state_path, stateText());
    await writeFile(cluster.state_path, stateText({ lineage: 'c' }));
    const post = await job.post();
    expect(post.exitCode, post.log).toBe(0);
    expect(gate.refused).toEqual([]);
    expect(gate.sessions).toHaveLength(4);
    expect(post.summary).toContain('Terraform states: 2 pushed');
    expect(await testbed.object()).toBe(stateText());
    expect(await headObject(testbed.clients, bucket, second)).toBeDefined();
    expect([await testbed.lock(), job.privateDirectories(), job.orphans()]).toEqual([undefined, [], []]);
    const get = (key: string) => ({
      action: 's3:GetObject',
      resource: `arn:aws:s3:::${bucket}/${key}`,
      context: {},
    });
    for (const policy of gate.sessions) {
      const open = [testbed.objectKey, second].filter((key) => allowedBy(policy ?? '', get(key)).length > 0);
      expect(open).toHaveLength(1);
    }
  });

  it.each([
    ['item', { Table: 'dynamodb:GetItem', Decrypt: 'kms:Decrypt' }],
    ['file', OF_FILE],
    ['both', { Table: 'dynamodb:GetItem', ...OF_FILE }],
  ] as const)("lock: guard, %s: the lock that the job's Terraform left is freed", async (where, needed) => {
    const { testbed, gate, inputs } = await openGated('free', where);
    const job = await testbed.job({ with: { ...inputs, lock: 'guard' } });
    const main = await job.main();
    const left = JSON.parse(lockInfo());
    const ours = { ...left, Who: `${userInfo().username}@${hostname()}`, Created: new Date().toISOString() };
    await leave(testbed, where, JSON.stringify(ours));
    const post = await job.post();
    allGreen(main, post);
    expect(post.log).toContain('Freed the lock of');
    expectLeast(gate, printed(testbed, 'free', where), needed);
  });

  it('lock: guard with a prefix: the locks below it are found and freed, even of a state that never existed', async () => {
    const testbed = await openTestbed({ role: true });
    const { bucket, table, region, roleArn } = testbed.fixture;
    const stores = { bucket, region, table, useLockfile: true, acl: undefined, kmsKeyId: KMS_KEY };
    const names = { key: 'apps/', workspaces: ['default'], workspaceKeyPrefix: 'env:', account: ACCOUNT_ID };
    const role = JSON.stringify(rolePolicy('free', { ...stores, ...names }));
    const gate = enforcePolicies(testbed, { rolePolicy: role, tableKey: KMS_KEY });
    const inUse = { encrypt: 'true', kms_key_id: KMS_KEY, role_arn: roleArn, use_lockfile: 'true' };
    const job = await testbed.job({ with: { ...inUse, key: '', keys: 'apps/', lock: 'guard' } });
    const main = await job.main();
    const who = { Who: `${userInfo().username}@${hostname()}`, Created: new Date().toISOString() };
    const left = JSON.stringify({ ...JSON.parse(lockInfo()), ...who });
    await putItem(testbed.clients, table, `${bucket}/apps/new.tfstate`, { Info: left });
    await putObject(testbed.clients, bucket, 'apps/new.tfstate.tflock', left);
    const post = await job.post({ omitInputs: true });
    allGreen(main, post);
    expect(main.outputs.reason_code).toBe('watching');
    expect(post.log.match(/Freed the lock of/g)).toHaveLength(2);
    expect(await readItem(testbed.clients, table, `${bucket}/apps/new.tfstate`)).toBeUndefined();
    expectLeast(gate, role, { Table: 'dynamodb:GetItem', Scan: 'dynamodb:Scan', ...OF_FILE });
  });

  it('lock: guard: the lock of a workspace that was selected since is freed, too', async () => {
    // Post looks at both workspaces at once, each in its own session.
    const { testbed, gate, inputs } = await openGated('free', 'item', { sideBySide: true });
    const { clients, fixture, objectKey } = testbed;
    const job = await testbed.job({ with: { ...inputs, lock: 'guard', working_directory: '.' } });
    const main = await job.main();
    const Path = `${fixture.bucket}/env:/other/${objectKey}`;
    const Who = `${userInfo().username}@${hostname()}`;
    const left = { ...JSON.parse(lockInfo()), Path, Who, Created: new Date().toISOString() };
    await putItem(clients, fixture.table, Path, { Info: JSON.stringify(left) });
    const post = await job.post({ omitInputs: true, env: { TF_WORKSPACE: 'other' } });
    allGreen(main, post);
    expect(gate.refused).toEqual([]);
    expect(await readItem(clients, fixture.table, Path)).toBeUndefined();
  });
});

describeInProcess('the minimal policy suffices, and without each of its statements a call is refused', () => {
  it.each([
    ['item', { Table: 'dynamodb:PutItem' }],
    ['file', { LockFile: 's3:GetObject' }],
    ['both', { Table: 'dynamodb:PutItem', LockFile: 's3:GetObject' }],
  ] as const)(
    'hold, %s: a first state, a push under KMS, a refused push whose state is kept',
    async (where, lock) => {
      const { testbed, gate, inputs } = await openGated('hold', where);
      const holding = { ...inputs, ...ENCRYPTED, snapshot: 'never' };
      const job = await testbed.job({ with: holding });
      const main = await job.main();
      await job.change(stateText());
      allGreen(main, await job.post());
      const second = await testbed.job({ with: holding });
      allGreen(await second.main());
      await second.change(appliedState());
      await putObject(testbed.clients, testbed.fixture.bucket, testbed.objectKey, stateText({ serial: 20 }));
      expect((await second.post()).exitCode).toBe(1);
      const ofState = { State: 's3:GetObject', MissingObject: 's3:ListBucket', Decrypt: 'kms:Decrypt' };
      const needed = { ...ofState, Encrypt: 'kms:GenerateDataKey', ...lock };
      expectLeast(gate, printed(testbed, 'hold', where, [], { keepsSnapshots: false }), needed);
    },
  );

  it('plan: on no state yet and on one under KMS, with a lookup of whatever is in the way', async () => {
    const { testbed, gate, inputs } = await openGated('plan', 'item');
    const planning = { ...inputs, ...ENCRYPTED, lock: 'none', plan_file: 'tfplan' };
    const first = await testbed.job({ runId: '1', with: planning });
    allGreen(await first.main());
    await writeFile(join(first.workspace, 'tfplan'), PLAN);
    allGreen(await first.post(), await first.post());
    await testbed.seed(stateText());
    await putSealed(testbed, testbed.objectKey, stateText());
    const second = await testbed.job({ runId: '2', with: planning });
    allGreen(await second.main(), await second.post());
    const ofState = { State: 's3:GetObject', MissingObject: 's3:ListBucket', Decrypt: 'kms:Decrypt' };
    const ofPlan = { Plans: 's3:GetObject', NewPlans: 's3:PutObject', Encrypt: 'kms:GenerateDataKey' };
    expectLeast(gate, printed(testbed, 'plan', 'item'), { ...ofState, ...ofPlan, Table: 'dynamodb:GetItem' });
  });

  it("apply: an existing plan and a missing one, a push over a state that is kept, and the plan's removal", async () => {
    const { testbed, gate, inputs } = await openGated('apply', 'item');
    await testbed.seed(stateText());
    await putSealed(testbed, testbed.objectKey, stateText());
    await putPlan(testbed);
    const old = Array.from({ length: 21 }, (_, serial) => `${testbed.objectKey}.backup/${serial}-${md5('')}`);
    for (const key of old) await putObject(testbed.clients, testbed.fixture.bucket, key, '{}');
    const applying = { ...inputs, ...ENCRYPTED };
    const lost = await testbed.job({ with: { ...applying, plan: '1-1' } });
    expect((await lost.main()).outputs.reason_code).toBe('plan_not_found');
    const job = await testbed.job({ with: { ...applying, plan: PLAN_ID } });
    allGreen(await job.main());
    await job.change(appliedState());
    allGreen(await job.post());
    expect(await headObject(testbed.clients, testbed.fixture.bucket, PLAN_KEY)).toBeUndefined();
    const ofState = { State: 's3:GetObject', MissingObject: 's3:ListBucket', Decrypt: 'kms:Decrypt' };
    const ofPlan = { Plans: 's3:GetObject', Snapshots: 's3:PutObject', Encrypt: 'kms:GenerateDataKey' };
    expectLeast(gate, printed(testbed, 'apply', 'item'), {
      ...ofState,
      ...ofPlan,
      Table: 'dynamodb:PutItem',
    });
  });

  it('push: never, both: a first state, one under KMS, and one that a killed job left on this machine', async () => {
    let rescues = 0;
    const { testbed, gate, inputs } = await openGated('pull', 'both', {
      // The job then checks whether the copy exists.
      answer: ({ method, path }) => {
        if (method !== 'PUT' || !path.includes('.rescue/')) return 'pass';
        rescues += 1;
        return rescues === 1 ? 'reset-after' : 'pass';
      },
    });
    const { clients, fixture, objectKey } = testbed;
    const pulling = { ...inputs, ...ENCRYPTED, push: 'never' };
    const first = await testbed.job({ with: pulling });
    allGreen(await first.main(), await first.post());
    await testbed.seed(stateText());
    await putSealed(testbed, objectKey, stateText());
    const killed = await testbed.job({ with: pulling });
    allGreen(await killed.main());
    await killed.change(appliedState());
    await deleteItem(clients, fixture.table, testbed.lockId);
    await clients.s3.send(new DeleteObjectCommand({ Bucket: fixture.bucket, Key: `${objectKey}.tflock` }));
    const second = await testbed.job({ runId: '2', with: pulling });
    const main = await second.main();
    await second.change(appliedState());
    allGreen(main, await second.post());
    expect(main.log).toContain('was killed on this machine');
    expectLeast(gate, printed(testbed, 'pull', 'both'), {
      State: 's3:GetObject',
      // A store other than AWS is first asked whether the name is free.
      RescueCopies: 's3:GetObject',
      LockFile: 's3:GetObject',
      MissingObject: 's3:ListBucket',
      Table: 'dynamodb:PutItem',
      Decrypt: 'kms:Decrypt',
      Encrypt: 'kms:GenerateDataKey',
    });
  });

  it.each([
    ['item', { Table: 'dynamodb:PutItem', Decrypt: 'kms:Decrypt' }],
    ['file', { ...OF_FILE, Encrypt: 'kms:GenerateDataKey' }],
    ['both', { Table: 'dynamodb:PutItem', ...OF_FILE, Encrypt: 'kms:GenerateDataKey' }],
  ] as const)('hold with pull: false, %s', async (where, needed) => {
    let deletes = 0;
    const { testbed, gate, inputs } = await openGated('lock', where, {
      // The job then reads whether the lock is free.
      answer: ({ operation }) => {
        if (operation !== 'DeleteItem') return 'pass';
        deletes += 1;
        return deletes === 1 ? 'reset-after' : 'pass';
      },
    });
    const job = await testbed.job({ with: { ...inputs, ...ENCRYPTED, pull: 'false', max_retries: '1' } });
    allGreen(await job.main(), await job.post());
    expectLeast(gate, printed(testbed, 'lock', where), needed);
  });

  it.each([
    ['item', { Table: 'dynamodb:PutItem', Queue: 'dynamodb:UpdateItem', Decrypt: 'kms:Decrypt' }],
    ['file', { ...OF_FILE, Queue: 's3:PutObject', Encrypt: 'kms:GenerateDataKey' }],
  ] as const)(
    'lock_timeout, %s: a job waits in the queue, gets the lock, and leaves no ticket',
    async (where, needed) => {
      let deletes = 0;
      const options: GateOptions = {
        // Whether the lock is free is then read.
        answer: ({ operation, body }) => {
          if (operation !== 'DeleteItem' || body.includes('queue:')) return 'pass';
          deletes += 1;
          return deletes === 1 ? 'reset-after' : 'pass';
        },
      };
      const { testbed, gate, inputs, role } = await openGated('lock', where, options, { queues: true });
      await leave(testbed, where, lockInfo());
      const job = await testbed.job({
        with: { ...inputs, ...ENCRYPTED, pull: 'false', lock_timeout: '10m', max_retries: '1' },
      });
      const stage = await job.startMain();
      await stage.waitForLine(/waiting, .* so far\. Nobody is ahead of this job in the queue\./);
      const { clients, fixture, objectKey } = testbed;
      const tickets = async () => [
        ...(await listObjects(clients, fixture.bucket, `${objectKey}.queue/`)),
        ...Object.keys((await readItem(clients, fixture.table, `queue:${testbed.lockId}`)) ?? {}),
      ];
      expect(await tickets()).not.toEqual([]);
      if (where === 'item') await testbed.freeLock();
      else await deleteObject(clients, fixture.bucket, `${objectKey}.tflock`);
      allGreen(await stage.done, await job.post());
      expect(await tickets()).toEqual([]);
      expectLeast(gate, role, needed);
    },
  );

  it('lock_timeout without permission for the queue: the job waits as it always could, and says nothing of it', async () => {
    const { testbed, gate, inputs } = await openGated('lock', 'item');
    await leave(testbed, 'item', lockInfo());
    const job = await testbed.job({ with: { ...inputs, pull: 'false', lock_timeout: '10m' } });
    const stage = await job.startMain();
    await stage.waitForLine(/waiting, .* so far\.$/m);
    await testbed.freeLock();
    const main = await stage.done;
    allGreen(main, await job.post());
    expect(main.annotations).toEqual([]);
    expect(gate.refused.map((line) => line.split(' ')[0])).toEqual(['dynamodb:UpdateItem']);
  });

  it.each([
    ['item', { ...OF_REPAIR, Decrypt: 'kms:Decrypt' }],
    ['file', OF_FILE],
    ['both', { ...OF_REPAIR, ...OF_FILE }],
  ] as const)('unlock, %s: of a lock whose holder wrote no digest, and of none', async (where, needed) => {
    const { testbed, gate, inputs } = await openGated('unlock', where);
    await leave(testbed, where, lockInfo());
    await putSealed(testbed, testbed.objectKey, stateText());
    const digest = { Digest: md5('before'), NextDigest: md5(stateText()) };
    await putItem(testbed.clients, testbed.fixture.table, `${testbed.lockId}-md5`, digest);
    allGreen(
      await unlock(testbed, { ...inputs, force: 'true' }),
      await unlock(testbed, { ...inputs, force: 'true' }),
    );
    expectLeast(gate, printed(testbed, 'unlock', where), needed);
    if (hasItem(where)) expect(await testbed.digest()).toBe(md5(stateText()));
  });

  it.each([
    ['item', { Table: 'dynamodb:GetItem' }],
    ['none', {}],
  ] as const)(
    'outputs, digest in %s: of a state under KMS and of one that is missing',
    async (where, table) => {
      const { testbed, gate, inputs } = await openGated('outputs', where);
      await testbed.seed(stateText());
      await putSealed(testbed, testbed.objectKey, stateText());
      const both = { workspaces: 'default, other', allow_missing: 'true' };
      allGreen(await readOutputs(testbed, { ...inputs, ...both }));
      const ofState = { State: 's3:GetObject', MissingObject: 's3:ListBucket', Decrypt: 'kms:Decrypt' };
      expectLeast(gate, printed(testbed, 'outputs', where), { ...ofState, ...table });
    },
  );

  it.each([
    ['item', { Table: 'dynamodb:GetItem' }],
    ['none', {}],
  ] as const)(
    'check, digest in %s: of a plan in the vault, and of one that is missing',
    async (where, table) => {
      const { testbed, gate, inputs } = await openGated('check', where);
      const { fixture, objectKey } = testbed;
      expect((await runCheck(testbed, { ...inputs, plan: '1-1' })).outputs.reason_code).toBe(
        'plan_not_found',
      );
      await testbed.seed(stateText());
      await putSealed(testbed, testbed.objectKey, stateText());
      const state = { bucket: fixture.bucket, key: objectKey, workspace: 'default' };
      await putSealed(testbed, `${objectKey}.plans/1-1.json`, printPlanRecord(planRecord({ state })));
      const stale = await runCheck(testbed, { ...inputs, plan: '1-1' });
      expect(JSON.parse(stale.outputs.result ?? '').reasons).toContain('plan_stale');
      const ofState = { State: 's3:GetObject', MissingObject: 's3:ListBucket', Decrypt: 'kms:Decrypt' };
      const needed = { ...ofState, PlanRecords: 's3:GetObject', ...table };
      expectLeast(gate, printed(testbed, 'check', where), needed);
    },
  );

  it('workspaces: each command, with both locks, under KMS', async () => {
    const list = await openGated('workspace_list', 'both');
    allGreen(await runWorkspaces(list.testbed, { ...list.inputs, command: 'list' }));
    expectLeast(list.gate, printed(list.testbed, 'workspace_list', 'both'), {
      MissingObject: 's3:ListBucket',
    });

    const files = { LockFile: 's3:GetObject', MissingObject: 's3:ListBucket', Decrypt: 'kms:Decrypt' };
    const locks = {
      ...files,
      Table: 'dynamodb:PutItem',
      Encrypt: 'kms:GenerateDataKey',
      State: 's3:GetObject',
    };
    const made = await openGated('workspace_new', 'both');
    const making = { ...made.inputs, ...ENCRYPTED, command: 'new', workspace: 'other' };
    allGreen(await runWorkspaces(made.testbed, making), await runWorkspaces(made.testbed, making));
    expectLeast(made.gate, printed(made.testbed, 'workspace_new', 'both'), locks);

    const gone = await openGated('workspace_delete', 'both');
    const key = `env:/other/${gone.testbed.objectKey}`;
    await putSealed(gone.testbed, key, stateText());
    await putSealed(gone.testbed, `${key}.plans/1-1`, PLAN);
    const deleting = { ...gone.inputs, ...ENCRYPTED, command: 'delete', workspace: 'other', force: 'true' };
    allGreen(await runWorkspaces(gone.testbed, deleting));
    const needed = {
      ...locks,
      PublishedOutputs: 's3:DeleteObject',
      Plans: 's3:DeleteObject',
      Snapshots: 's3:PutObject',
    };
    expectLeast(gone.gate, printed(gone.testbed, 'workspace_delete', 'both'), needed);
  });

  it('outputs that are compared with those that had a fingerprint, under KMS', async () => {
    const { testbed, gate, inputs } = await openGated('compare', 'item', {}, { versioning: true });
    const { serial, lineage } = JSON.parse(stateText());
    const identity = `${lineage}/${serial}/${md5(stateText())}`;
    const compare_with = `fingerprint:${createHash('sha256').update(identity).digest('hex')}`;
    const early = await readOutputs(testbed, { ...inputs, compare_with, allow_missing: 'true' });
    expect(early.outputs.reason_code).toBe('compare_not_found');
    await testbed.seed(stateText());
    await putSealed(testbed, testbed.objectKey, stateText());
    allGreen(await readOutputs(testbed, { ...inputs, compare_with }));
    const ofState = { State: 's3:GetObject', MissingObject: 's3:ListBucket', Decrypt: 'kms:Decrypt' };
    const needed = { ...ofState, Versions: 's3:ListBucketVersions', Table: 'dynamodb:GetItem' };
    expectLeast(gate, printed(testbed, 'compare', 'item'), needed);
  });

  it('history: versions that are listed, compared and restored, with both locks, under KMS', async () => {
    const seen = await openGated('history_read', 'both');
    const { clients, fixture, objectKey } = seen.testbed;
    await putSealed(seen.testbed, objectKey, stateText());
    const kept = `.backup/6-${md5(stateText({ serial: 6 }))}`;
    await putSealed(seen.testbed, `${objectKey}${kept}`, stateText({ serial: 6 }));
    allGreen(await runHistory(seen.testbed, { ...seen.inputs, command: 'list' }));
    await enableVersioning(clients, fixture.bucket);
    await putSealed(seen.testbed, objectKey, appliedState());
    await putSealed(seen.testbed, seen.testbed.objectKey, appliedState());
    allGreen(await runHistory(seen.testbed, { ...seen.inputs, command: 'list' }));
    allGreen(await runHistory(seen.testbed, { ...seen.inputs, command: 'diff' }));
    const reads = {
      State: 's3:GetObject',
      Snapshots: 's3:GetObject',
      Versions: 's3:ListBucketVersions',
      MissingObject: 's3:ListBucket',
      Decrypt: 'kms:Decrypt',
    };
    expectLeast(seen.gate, printed(seen.testbed, 'history_read', 'both'), reads);

    const back = await openGated('history_restore', 'both');
    await putSealed(back.testbed, back.testbed.objectKey, appliedState());
    await putSealed(back.testbed, `${back.testbed.objectKey}${kept}`, stateText({ serial: 6 }));
    const restoring = { ...back.inputs, ...ENCRYPTED, command: 'restore', steps_back: '1' };
    allGreen(await runHistory(back.testbed, restoring));
    await enableVersioning(clients, back.testbed.fixture.bucket);
    await putSealed(back.testbed, back.testbed.objectKey, appliedState());
    await deleteItem(clients, back.testbed.fixture.table, `${back.testbed.lockId}-md5`);
    allGreen(await runHistory(back.testbed, restoring));
    const files = {
      LockFile: 's3:GetObject',
      MissingObject: 's3:ListBucket',
      Encrypt: 'kms:GenerateDataKey',
    };
    const needed = { ...reads, ...files, Table: 'dynamodb:PutItem' };
    expectLeast(back.gate, printed(back.testbed, 'history_restore', 'both'), needed);
  });

  it('freeze: two states of which the second is held, so the first is released', async () => {
    const { testbed, gate, inputs } = await openGated('lock', 'both');
    await testbed.putLock(lockInfo());
    const keys = `${testbed.objectKey}\nenv:/other/${testbed.objectKey}`;
    const frozen = { ...inputs, ...ENCRYPTED, key: '', keys, command: 'freeze', until: '4h', reason: 'r' };
    expect((await runFreeze(testbed, frozen)).outputs.reason_code).toBe('lock_held');
    const needed = { Table: 'dynamodb:GetItem', ...OF_FILE, Encrypt: 'kms:GenerateDataKey' };
    expectLeast(gate, printed(testbed, 'lock', 'both'), needed);
  });

  it('thaw and show: thaw may free a lock, and show may only read below a prefix', async () => {
    const freeze = JSON.stringify({
      ...JSON.parse(lockInfo()),
      Operation: 'freeze until 2099-01-01T00:00:00Z',
    });
    const { testbed, gate, inputs } = await openGated('free', 'both');
    await leave(testbed, 'both', freeze);
    expect((await runFreeze(testbed, { ...inputs, command: 'thaw' })).outputs.reason_code).toBe('thawed');
    expect((await runFreeze(testbed, { ...inputs, command: 'thaw' })).outputs.reason_code).toBe('not_frozen');
    expectLeast(gate, printed(testbed, 'free', 'both'), { Table: 'dynamodb:GetItem', ...OF_FILE });
    const looker = await openGated('show', 'both');
    await looker.testbed.seed(stateText());
    await leave(looker.testbed, 'both', freeze);
    const below = { ...looker.inputs, key: '', keys: 'network/', command: 'show' };
    expect((await runFreeze(looker.testbed, below)).outputs.reason_code).toBe('frozen');
    expectLeast(looker.gate, printed(looker.testbed, 'show', 'both'), {
      Table: 'dynamodb:GetItem',
      ...OF_FILE,
    });
  });

  it("locks: reads a dead run's locks, one with a heartbeat, and a plan; with free: stale it frees them and repairs the digest", async () => {
    const github = await startGitHub();
    onTestFinished(() => github.stop());
    const jobs = [endedJob(github.now, 3_600_000)];
    github.runs.set('octo-org/website/runs/77/attempts/2', { status: 'completed', jobs });
    const below = ({ fixture }: Testbed, use: 'locks' | 'locks_free') => {
      const { bucket, table, region } = fixture;
      const where = { bucket, key: 'network/', region, account: ACCOUNT_ID, table, useLockfile: true };
      const workspaces = { workspaces: ['default'], workspaceKeyPrefix: 'env:' };
      return JSON.stringify(rolePolicy(use, { ...where, ...workspaces, kmsKeyId: KMS_KEY, acl: undefined }));
    };
    const dead = async (use: 'locks' | 'locks_free') => {
      const testbed = await openTestbed({ role: true });
      const gate = enforcePolicies(testbed, { rolePolicy: below(testbed, use), tableKey: KMS_KEY });
      const inUse = { encrypt: 'true', kms_key_id: KMS_KEY, role_arn: testbed.fixture.roleArn };
      const { clients, fixture, objectKey } = testbed;
      await leave(testbed, 'both', HELD_BY_RUN);
      const beating = { id: ID, info: HELD_BY_RUN, heartbeatMs: 100 };
      const Item = { ...lockItem(`${fixture.bucket}/network/other`, beating, 3) };
      await clients.dynamodb.send(new PutItemCommand({ TableName: fixture.table, Item }));
      await putSealed(testbed, objectKey, stateText());
      const digest = { Digest: '0'.repeat(32), NextDigest: md5(stateText()) };
      await putItem(clients, fixture.table, `${fixture.bucket}/${objectKey}-md5`, digest);
      await putObject(clients, fixture.bucket, `${objectKey}.plans/1-1.json`, printPlanRecord(planRecord()));
      return { testbed, gate, inputs: { ...inUse, key_prefix: 'network/' } };
    };
    const seen = await dead('locks');
    const looked = await runLocks(seen.testbed, seen.inputs, github);
    expect(looked.outputs).toMatchObject({ reason_code: 'listed', dead_count: '2', freed_count: '0' });
    const reads = {
      LockFile: 's3:GetObject',
      PlanRecords: 's3:GetObject',
      MissingObject: 's3:ListBucket',
      Scan: 'dynamodb:Scan',
      Table: 'dynamodb:GetItem',
      Decrypt: 'kms:Decrypt',
    };
    expectLeast(seen.gate, below(seen.testbed, 'locks'), reads);
    const freed = await dead('locks_free');
    const end = await runLocks(freed.testbed, { ...freed.inputs, free: 'stale' }, github);
    expect(end.outputs).toMatchObject({ reason_code: 'released', freed_count: '2' });
    const { PlanRecords: _, ...others } = reads;
    const frees = { State: 's3:GetObject', LockFile: 's3:DeleteObject', Digest: 'dynamodb:PutItem' };
    expectLeast(freed.gate, below(freed.testbed, 'locks_free'), { ...others, ...frees });
  });

  it('migrate: reports on a state under KMS that one client holds and one wrote, and finishes the one that nobody holds', async () => {
    const below = ({ fixture }: Testbed, use: 'migrate_report' | 'migrate_finish') => {
      const { bucket, table, region } = fixture;
      const where = { bucket, key: 'network/', region, account: ACCOUNT_ID, table, useLockfile: true };
      const workspaces = { workspaces: ['default'], workspaceKeyPrefix: 'env:' };
      return JSON.stringify(rolePolicy(use, { ...where, ...workspaces, kmsKeyId: KMS_KEY, acl: undefined }));
    };
    const openStates = async (use: 'migrate_report' | 'migrate_finish') => {
      const testbed = await openTestbed({ role: true, versioning: true });
      const gate = enforcePolicies(testbed, { rolePolicy: below(testbed, use), tableKey: KMS_KEY });
      const { clients, fixture, objectKey } = testbed;
      await putSealed(testbed, objectKey, stateText());
      const digest = `${fixture.bucket}/${objectKey}-md5`;
      await putItem(clients, fixture.table, digest, { Digest: '0'.repeat(32) });
      const inUse = { encrypt: 'true', kms_key_id: KMS_KEY, role_arn: fixture.roleArn };
      return { testbed, gate, digest, inputs: { ...inUse, key: '', key_prefix: 'network/' } };
    };
    const needed = {
      State: 's3:GetObject',
      Versions: 's3:ListBucketVersions',
      MissingObject: 's3:ListBucket',
      Table: 'dynamodb:GetItem',
      Scan: 'dynamodb:Scan',
      Decrypt: 'kms:Decrypt',
    };
    const seen = await openStates('migrate_report');
    await putSealed(seen.testbed, 'network/other.tfstate.tflock', lockInfo());
    const report = await runAction('migrate', seen.testbed, { ...seen.inputs, command: 'report' });
    expect(report.outputs).toMatchObject({ reason_code: 'listed', state_count: '2', open_count: '1' });
    expectLeast(seen.gate, below(seen.testbed, 'migrate_report'), needed);
    const done = await openStates('migrate_finish');
    const inputs = { ...done.inputs, command: 'finish', allow_unknown: '*' };
    const finish = await runAction('migrate', done.testbed, inputs);
    expect(finish.outputs).toMatchObject({ reason_code: 'finished', finished_count: '1' });
    const { clients, fixture } = done.testbed;
    expect(await readItem(clients, fixture.table, done.digest)).toBeUndefined();
    const frees = { LockFile: 's3:PutObject', Encrypt: 'kms:GenerateDataKey' };
    expectLeast(done.gate, below(done.testbed, 'migrate_finish'), { ...needed, ...frees });
  });

  it('publish, then published: the outputs of a state under KMS', async () => {
    const { testbed, gate, inputs } = await openGated('publish', 'item');
    const job = await testbed.job({ with: { ...inputs, ...ENCRYPTED, publish_outputs: 'true' } });
    const main = await job.main();
    await job.change(stateText());
    allGreen(main, await job.post());
    expect(gate.refused).toEqual([]);
    const reader = await openGated('published', 'item');
    await putSealed(
      reader.testbed,
      `${reader.testbed.objectKey}.outputs.json`,
      '{"schema_version":1,"serial":7,"lineage":"l","outputs":{}}',
    );
    allGreen(await readOutputs(reader.testbed, { ...reader.inputs, source: 'published' }));
    const needed = { PublishedOutputs: 's3:GetObject', Decrypt: 'kms:Decrypt' };
    expectLeast(reader.gate, printed(reader.testbed, 'published', 'item'), needed);
  });

  it('lock: none: of a state under KMS, and a state that the job must not push is kept beside it', async () => {
    const { testbed, gate, inputs } = await openGated('hold', 'both');
    await testbed.seed(stateText());
    await putSealed(testbed, testbed.objectKey, stateText());
    const job = await testbed.job({ with: { ...inputs, ...ENCRYPTED, lock: 'none' } });
    allGreen(await job.main());
    await job.change(appliedState());
    const post = await job.post();
    expect(findErrors(post)).toContain(`${testbed.objectKey}.rescue/`);
    expect(gate.refused).toEqual([]);
    const session = gate.sessions.at(-1) ?? '';
    expect(session).not.toMatch(/PutItem|Delete/);
    expect(missedWithout(session, gate.calls)).not.toContain(undefined);
    const put = { action: 's3:PutObject', context: {} };
    const state = `arn:aws:s3:::${testbed.fixture.bucket}/${testbed.objectKey}`;
    expect(allowedBy(session, { ...put, resource: state })).toEqual([]);
  });
});

/** The lock of a holder whose process has ended. */
async function leave(testbed: Testbed, where: LockStore, info: string): Promise<void> {
  if (hasItem(where)) await testbed.putLock(info);
  if (hasFile(where)) await putSealed(testbed, `${testbed.objectKey}.tflock`, info);
}
