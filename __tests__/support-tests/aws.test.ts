import { GetBucketVersioningCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, describe, expect, inject, it } from 'vitest';
import {
  awsClients,
  createStateFixture,
  deleteItem,
  headObject,
  listObjects,
  putItem,
  putObject,
  readItem,
  readObject,
} from '../support/aws.ts';

const motoUrl = inject('motoUrl');

describe.skipIf(!motoUrl)('AWS fixtures on moto', () => {
  const aws = awsClients(motoUrl ?? '');
  afterAll(() => aws.destroy());

  it('make bucket, table, versioning and role', async () => {
    const fixture = await createStateFixture(aws, { name: 'all', versioning: true, role: true });
    const versioning = await aws.s3.send(new GetBucketVersioningCommand({ Bucket: fixture.bucket }));
    expect(versioning.Status).toBe('Enabled');
    const session = await aws.sts.send(
      new AssumeRoleCommand({ RoleArn: fixture.roleArn, RoleSessionName: 'test' }),
    );
    expect(session.AssumedRoleUser?.Arn).toContain(`assumed-role/role-${fixture.bucket}/test`);
  });

  it("read back what they wrote, and undefined for what doesn't exist", async () => {
    const { bucket, table } = await createStateFixture(aws);
    expect(await readObject(aws, bucket, 'env:/dev/a')).toBeUndefined();
    expect(await headObject(aws, bucket, 'env:/dev/a')).toBeUndefined();
    await putObject(aws, bucket, 'env:/dev/a', 'bytes');
    expect((await readObject(aws, bucket, 'env:/dev/a'))?.toString()).toBe('bytes');
    expect((await headObject(aws, bucket, 'env:/dev/a'))?.ContentLength).toBe(5);
    expect(await listObjects(aws, bucket, 'env:/')).toEqual(['env:/dev/a']);

    await putItem(aws, table, 'x', { Info: '{}' });
    expect(await readItem(aws, table, 'x')).toEqual({ LockID: 'x', Info: '{}' });
    await deleteItem(aws, table, 'x');
    expect(await readItem(aws, table, 'x')).toBeUndefined();
  });
});
