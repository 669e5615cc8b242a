import { expect, it } from 'vitest';
import { dynamodbFailure } from '../support/backend.ts';
import type { CannedAnswer } from '../support/proxy.ts';
import { filesBelow } from '../support/runner-checks.ts';
import { s3Error } from './faults.ts';
import { expectReleased, heldJob } from './held-job.ts';
import { appliedState, stateText } from './states.ts';
import { describePackaged, ENV_KEYS, findErrors, openTestbed } from './support.ts';

const TOO_OLD = 'The provided token has expired.';

function expired(service: string): CannedAnswer {
  return service === 's3' ? s3Error(400, 'ExpiredToken', TOO_OLD) : dynamodbFailure('ExpiredTokenException');
}

describePackaged('a job that outlives its session', () => {
  it("succeeds in post, which doesn't use main's session", async () => {
    const { testbed, job } = await heldJob();
    const ofMain = new Set(testbed.proxy.requests.map(({ headers }) => findAccessKey(headers.authorization)));
    ofMain.delete(ENV_KEYS.AWS_ACCESS_KEY_ID);
    expect(ofMain.size).toBe(1);
    testbed.proxy.onRequest(({ service, headers }) =>
      ofMain.has(findAccessKey(headers.authorization)) ? expired(service) : 'pass',
    );
    await job.change(appliedState());
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, appliedState());
  });

  it('and its source credentials fails in post with a clear error that names state and lock, and a second post succeeds', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const job = await testbed.job();
    const main = await job.main();
    await job.change(appliedState());
    testbed.proxy.onRequest(({ service }) => expired(service));
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain('have expired');
    expect(findErrors(post)).toContain('let the action assume the role itself (`role_arn`)');
    expect(findErrors(post)).toContain(`terraform force-unlock ${main.outputs.lock_id}`);
    const copies = filesBelow(`${job.folders.home}/.terraform-s3-state`);
    expect(copies.map(({ content }) => content.toString('utf8'))).toEqual([appliedState()]);
    testbed.proxy.reset();
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, appliedState());
  });
});

function findAccessKey(authorization: string | string[] | undefined): string {
  return /Credential=([^/]+)/.exec(String(authorization))?.[1] ?? '';
}
