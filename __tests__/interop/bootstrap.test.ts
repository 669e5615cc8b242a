import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { expect, inject, it, onTestFinished } from 'vitest';
import { mergeQueueContext, type RoleFor, rolePolicy, trustPolicy } from '../../scripts/policy/policies.ts';
import { enforcePolicies } from '../packaged/iam-gate.ts';
import { runAction } from '../packaged/run-action.ts';
import { stateText } from '../packaged/states.ts';
import { describePackaged, openTestbed, type Testbed } from '../packaged/support.ts';
import { ACCOUNT_ID, REGION } from '../support/aws.ts';
import { readStatements } from '../support/iam.ts';
import { terraform } from '../support/terraform.ts';

const POLICIES = join(import.meta.dirname, '../../examples/bootstrap/policies');

const asOutput = <Schema extends v.GenericSchema>(value: Schema) => v.object({ value });
const Outputs = v.object({
  plan: asOutput(v.string()),
  apply: asOutput(v.string()),
  bucket: asOutput(v.string()),
  trust: asOutput(v.object({ plan: v.string(), apply: v.string() })),
  lifecycle: asOutput(
    v.record(
      v.string(),
      v.object({ prefix: v.string(), expire: v.nullable(v.number()), previous: v.number() }),
    ),
  ),
});

/** What the real terraform reads from the example's module without a provider. */
async function applyPolicies(variables: Record<string, unknown>): Promise<v.InferOutput<typeof Outputs>> {
  const dir = await mkdtemp(join(tmpdir(), 'bootstrap-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await cp(POLICIES, dir, { recursive: true });
  const given = Object.entries(variables).map(
    ([name, value]) => `-var=${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  for (const args of [['init'], ['apply', '-auto-approve', ...given]]) {
    expect(await terraform(dir, args)).toMatchObject({ code: 0, stderr: '' });
  }
  const { stdout } = await terraform(dir, ['output', '-json']);
  return v.parse(Outputs, JSON.parse(stdout));
}

/** Sets up a bucket as the example's other resources do. */
async function setUpBucket(
  { clients: { s3 }, fixture: { bucket: Bucket } }: Testbed,
  { lifecycle }: v.InferOutput<typeof Outputs>,
): Promise<void> {
  const Rules = Object.entries(lifecycle.value).map(([ID, { prefix, expire, previous }]) => ({
    ID,
    Status: 'Enabled' as const,
    Filter: { Prefix: prefix },
    Expiration: expire === null ? { ExpiredObjectDeleteMarker: true } : { Days: expire },
    NoncurrentVersionExpiration: { NoncurrentDays: previous },
  }));
  const byDefault = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } };
  const blocks = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  };
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  await s3.send(
    new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [byDefault] } }),
  );
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: blocks }));
}

describePackaged('the bootstrap example', () => {
  it.skipIf(inject('terraform') === undefined)(
    'has the policies that npm run policy prints, and the doctor passes on a bucket set up that way',
    async () => {
      const testbed = await openTestbed({ role: true });
      const { bucket, table, roleArn } = testbed.fixture;
      const key = testbed.objectKey;
      const outputs = await applyPolicies({
        bucket,
        keys: [key, `env:/blue/${key}`],
        table,
        region: REGION,
        account: ACCOUNT_ID,
        repository: 'acme/infra',
        repository_ids: { owner: '9', repository: '12' },
        environment: 'production',
        merge_queue_branches: ['main'],
      });
      const role: RoleFor = {
        bucket,
        key,
        workspaces: ['default', 'blue'],
        workspaceKeyPrefix: 'env:',
        region: REGION,
        account: ACCOUNT_ID,
        table,
        useLockfile: true,
        kmsKeyId: undefined,
        acl: undefined,
      };
      for (const use of ['plan', 'apply'] as const) {
        // The plan role takes no lock.
        const printed = JSON.stringify(rolePolicy(use, role));
        expect(readStatements(outputs[use].value)).toEqual(readStatements(printed));
      }
      const ids = { owner: '9', repository: '12' };
      const repository = { repository: 'acme/infra', ids, audience: 'sts.amazonaws.com' };
      const planJobs = { contexts: ['pull_request'], patterns: [mergeQueueContext('main')] };
      const applyJobs = { contexts: ['environment:production'] };
      expect(JSON.parse(outputs.trust.value.plan)).toEqual(trustPolicy(role, { ...repository, ...planJobs }));
      expect(JSON.parse(outputs.trust.value.apply)).toEqual(
        trustPolicy(role, { ...repository, ...applyJobs }),
      );

      await testbed.seed(stateText());
      await setUpBucket(testbed, outputs);
      const inputs = { role_arn: roleArn, use_lockfile: 'true', session_policy: 'none' };
      const looked = await runAction('doctor', testbed, inputs);
      expect(looked).toMatchObject({ exitCode: 0, outputs: { reason_code: 'healthy' } });
      const { checks } = JSON.parse(looked.outputs.result ?? '');
      const advice = checks.filter(({ result }: Record<string, string>) => result === 'advice');
      expect(advice).toEqual([]);

      // The role's own policy has everything that a job needs.
      const gate = enforcePolicies(testbed, { rolePolicy: outputs.apply.value });
      const asJob = await runAction('doctor', testbed, inputs);
      expect(asJob).toMatchObject({ exitCode: 0, outputs: { reason_code: 'healthy' } });
      expect(gate.refused.filter((call) => !/Get(?:Bucket|Encryption)|Describe/.test(call))).toEqual([]);
      // Last, since moto treats the denial of plain http as a denial of everything.
      await testbed.clients.s3.send(
        new PutBucketPolicyCommand({ Bucket: bucket, Policy: outputs.bucket.value }),
      );
    },
  );
});
