import { expect, it } from 'vitest';
import type { WaitDecision } from '../support/proxy.ts';
import { decide, deniedByDynamodb, deniedByS3, PRINCIPAL, s3Error } from './faults.ts';
import { stateText } from './states.ts';
import { describePackaged, errorsOf, openPlace, type Place, warningsOf } from './support.ts';

describePackaged('errors of AWS name the call, the resource, the principal and the fix', () => {
  it('GetObject denied', async () => {
    const { place, error } = await failing({ GetObject: deniedByS3('GetObject') });
    expect(error).toContain(`s3:GetObject on s3://${place.fixture.bucket}/${place.objectKey} failed`);
    expect(error).toContain('is not allowed to do this.\nIt needs the permission s3:GetObject');
    expect(error).toContain(`Principal: arn:aws:sts::123456789012:assumed-role/role-packaged`);
    expect(error).toContain('unless the caller may `s3:ListBucket` on the bucket');
    expect(await place.lock()).toBeUndefined();
  });

  it('names table, region and account', async () => {
    const place = await openPlace({ role: true });
    const job = await place.job({ with: { dynamodb_table: 'no-such-table' } });
    const error = errorsOf(await job.main());
    expect(error).toContain('dynamodb:PutItem on table no-such-table failed');
    expect(error).toContain("doesn't exist in region us-east-1, in the account of arn:aws:sts::");
    expect(error).toContain('Check the `dynamodb_table` and `region` inputs');
  });

  it('names the bucket; the lock is released', async () => {
    const place = await openPlace({ role: true });
    const bucket = `${place.fixture.bucket}-gone`;
    const job = await place.job({ with: { bucket } });
    const main = await job.main();
    expect(errorsOf(main)).toContain(`s3:GetObject on s3://${bucket}/network/app.tfstate failed`);
    expect(errorsOf(main)).toContain('Check the `bucket` input');
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

  it('a lock that may not be taken: says who may not do what', async () => {
    const { place, error } = await failing({ PutItem: deniedByDynamodb('PutItem') });
    expect(error).toContain(`dynamodb:PutItem on table ${place.fixture.table} failed`);
    expect(error).toContain(PRINCIPAL);
    expect(place.calls()).not.toContain('s3 GetObject');
    expect(place.calls()).not.toContain('dynamodb DeleteItem');
  });

  it('a role that may not be assumed: names the role, the trust policy and external_id', async () => {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: ${PRINCIPAL} is not authorized to perform: sts:AssumeRole on resource: role</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
    const { place, error } = await failing({
      AssumeRole: { status: 403, headers: { 'content-type': 'text/xml' }, body },
    });
    expect(error).toContain(`sts:AssumeRole on role ${place.fixture.roleArn} failed`);
    expect(error).toContain("The role's trust policy must allow this principal too");
    expect(error).not.toContain('could not be released');
    expect(place.calls()).toEqual(['sts AssumeRole']);
  });

  it('no credentials at all: says where they were looked for; there is nothing to release', async () => {
    const place = await openPlace();
    const job = await place.job({ env: {}, with: { skip_metadata_api_check: 'true' } });
    const main = await job.main();
    expect(errorsOf(main)).toContain('there are no AWS credentials.\nLooked at, in this order:');
    expect(errorsOf(main)).not.toContain('could not be released');
    expect((await job.post()).log).toContain('Nothing to do');
    expect(place.proxy.requests).toEqual([]);
  });

  it('keys that STS does not know: the lock that was put beside the question is freed', async () => {
    const place = await openPlace();
    const body =
      '<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>';
    decide(place.proxy, {
      GetCallerIdentity: { status: 403, headers: { 'content-type': 'text/xml' }, body },
    });
    const main = await (await place.job()).main();
    expect(errorsOf(main)).toContain("AWS doesn't accept the credentials (InvalidClientTokenId)");
    expect(main.exitCode).toBe(1);
    expect(place.calls()).not.toContain('s3 GetObject');
    expect(await place.lock()).toBeUndefined();
  });

  it('a lock whose put got through and then is denied is freed all the same', async () => {
    const place = await openPlace();
    const verdicts: WaitDecision[] = ['reset-after', deniedByDynamodb('PutItem')];
    place.proxy.onRequest(({ operation }) => (operation === 'PutItem' && verdicts.shift()) || 'pass');
    const main = await (await place.job()).main();
    expect(main.exitCode).toBe(1);
    expect(await place.lock()).toBeUndefined();
  });

  it('the state is accepted with a warning, as Terraform does in silence', async () => {
    const place = await openPlace({ role: true });
    await place.seed(stateText());
    decide(place.proxy, { GetItem: deniedByDynamodb('GetItem') });
    const main = await (await place.job()).main();
    expect(main.exitCode).toBe(0);
    expect(warningsOf(main)).toContain('The digest could not be read');
    expect(warningsOf(main)).toContain('dynamodb:GetItem');
  });
});

/** The error of a main whose calls get these verdicts. */
async function failing(verdicts: Record<string, WaitDecision>): Promise<{ place: Place; error: string }> {
  const place = await openPlace({ role: true });
  await place.seed(stateText());
  decide(place.proxy, verdicts);
  const main = await (await place.job()).main();
  expect(main).toMatchObject({ exitCode: 1, outputs: {} });
  expect(main.annotations.map(({ level }) => level)).toEqual(['error']);
  return { place, error: errorsOf(main) };
}
