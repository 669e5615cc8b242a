import { expect, it } from 'vitest';
import type { WaitDecision } from '../support/proxy.ts';
import { decide, deniedByDynamodb, deniedByS3, PRINCIPAL, s3Error } from './faults.ts';
import { stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  findWarnings,
  openTestbed,
  type Testbed,
} from './support.ts';

describePackaged('errors of AWS name the call, the resource, the principal and the fix', () => {
  it('GetObject denied', async () => {
    const { testbed, error } = await failing({ GetObject: deniedByS3('GetObject') });
    expect(error).toContain(`s3:GetObject on s3://${testbed.fixture.bucket}/${testbed.objectKey} failed`);
    expect(error).toContain('is not allowed to do this.\nIt needs the permission s3:GetObject');
    expect(error).toContain(`Principal: arn:aws:sts::123456789012:assumed-role/role-packaged`);
    expect(error).toContain('if the caller lacks `s3:ListBucket` on the bucket');
    expect(await testbed.lock()).toBeUndefined();
  });

  it('no credentials at all: lists the sources that were tried, with nothing to release', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job({ env: {}, with: { skip_metadata_api_check: 'true' } });
    const main = await job.main();
    expect(findErrors(main)).toContain(
      'there are no AWS credentials.\nSet `role_arn` and give the job `id-token: write`, or run a step',
    );
    expect(findErrors(main)).not.toContain('could not be released');
    expect((await job.post()).log).toContain('Nothing to do');
    expect(testbed.proxy.requests).toEqual([]);
  });
});

describeInProcess('errors of AWS name the call, the resource, the principal and the fix', () => {
  it('names table, region and account', async () => {
    const testbed = await openTestbed({ role: true });
    const job = await testbed.job({ with: { dynamodb_table: 'no-such-table' } });
    const error = findErrors(await job.main());
    expect(error).toContain('dynamodb:PutItem on table no-such-table failed');
    expect(error).toContain("doesn't exist in region us-east-1, in the account of arn:aws:sts::");
    expect(error).toContain('Check the `dynamodb_table` and `region` inputs');
  });

  it('names the bucket; the lock is released', async () => {
    const testbed = await openTestbed({ role: true });
    const bucket = `${testbed.fixture.bucket}-gone`;
    const job = await testbed.job({ with: { bucket } });
    const main = await job.main();
    expect(findErrors(main)).toContain(`s3:GetObject on s3://${bucket}/network/app.tfstate failed`);
    expect(findErrors(main)).toContain('Check the `bucket` input');
    expect(main.log).toContain('Released the lock.');
  });

  it('a bucket in another region (301): names both and the fix', async () => {
    const { error } = await failing({
      GetObject: s3Error(301, 'PermanentRedirect', 'The bucket is in this region: eu-west-1.', {
        'x-amz-bucket-region': 'eu-west-1',
      }),
    });
    expect(error).toContain('the bucket is in region eu-west-1, but `region` is us-east-1.');
    expect(error).toContain('Set the `region` input to eu-west-1;');
  });

  it('a lock that may not be taken: names the principal and the refused call', async () => {
    const { testbed, error } = await failing({ PutItem: deniedByDynamodb('PutItem') });
    expect(error).toContain(`dynamodb:PutItem on table ${testbed.fixture.table} failed`);
    expect(error).toContain(PRINCIPAL);
    expect(testbed.calls()).not.toContain('s3 GetObject');
    expect(testbed.calls()).not.toContain('dynamodb DeleteItem');
  });

  it('a role that may not be assumed: names the role, the trust policy and external_id', async () => {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: ${PRINCIPAL} is not authorized to perform: sts:AssumeRole on resource: role</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
    const { testbed, error } = await failing({
      AssumeRole: { status: 403, headers: { 'content-type': 'text/xml' }, body },
    });
    expect(error).toContain(`sts:AssumeRole on role ${testbed.fixture.roleArn} failed`);
    expect(error).toContain("The role's trust policy must allow this principal too");
    expect(error).not.toContain('could not be released');
    expect(testbed.calls()).toEqual(['sts AssumeRole']);
  });

  it("keys that STS doesn't know: frees the lock that was put in parallel", async () => {
    const testbed = await openTestbed();
    const body =
      '<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>';
    decide(testbed.proxy, {
      GetCallerIdentity: { status: 403, headers: { 'content-type': 'text/xml' }, body },
    });
    const main = await (await testbed.job()).main();
    expect(findErrors(main)).toContain("AWS doesn't accept the credentials (InvalidClientTokenId)");
    expect(main.exitCode).toBe(1);
    expect(testbed.calls()).not.toContain('s3 GetObject');
    expect(await testbed.lock()).toBeUndefined();
  });

  it('a lock whose put went through before a denial is still freed', async () => {
    const testbed = await openTestbed();
    const faults: WaitDecision[] = ['reset-after', deniedByDynamodb('PutItem')];
    testbed.proxy.onRequest(({ operation }) => (operation === 'PutItem' && faults.shift()) || 'pass');
    const main = await (await testbed.job()).main();
    expect(main.exitCode).toBe(1);
    expect(await testbed.lock()).toBeUndefined();
  });

  it('accepts the state with a warning, where Terraform says nothing', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    decide(testbed.proxy, { GetItem: deniedByDynamodb('GetItem') });
    const main = await (await testbed.job()).main();
    expect(main.exitCode).toBe(0);
    expect(findWarnings(main)).toContain('The digest could not be read');
    expect(findWarnings(main)).toContain('dynamodb:GetItem');
  });
});

/** The error of main when its calls meet these faults. */
async function failing(faults: Record<string, WaitDecision>): Promise<{ testbed: Testbed; error: string }> {
  const testbed = await openTestbed({ role: true });
  await testbed.seed(stateText());
  decide(testbed.proxy, faults);
  const main = await (await testbed.job()).main();
  expect(main).toMatchObject({ exitCode: 1, outputs: {} });
  expect(main.annotations.map(({ level }) => level)).toEqual(['error']);
  return { testbed, error: findErrors(main) };
}
