import { expect, it } from 'vitest';
import type { RequestRecord } from '../support/proxy-record.ts';
import { expectReleased, heldJob } from './held-job.ts';
import { stateText } from './states.ts';
import { describePackaged, openTestbed, type Testbed } from './support.ts';

const tagsIn = ({ body }: RequestRecord) => {
  const sent = new URLSearchParams(body.toString('utf8'));
  const keys = [...sent].filter(([name]) => /^Tags\.member\.\d+\.Key$/.test(name));
  return Object.fromEntries(keys.map(([name, key]) => [key, sent.get(name.replace(/Key$/, 'Value'))]));
};

const assumptions = ({ proxy }: Testbed) =>
  proxy.requests.filter(({ operation }) => operation === 'AssumeRole').map(tagsIn);

const NOT_ALLOWED = {
  status: 403,
  headers: { 'content-type': 'text/xml' },
  body:
    '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/ci is not ' +
    'authorized to perform: sts:TagSession on resource: arn:aws:iam::123456789012:role/state</Message></Error></ErrorResponse>',
};

describePackaged('the session that a job with keys opens', () => {
  it('names repository, run, workflow and actor', async () => {
    const { testbed, job } = await heldJob();
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    const tags = {
      'github:repository': 'octo-org/infrastructure',
      'github:run': '1658821493-1',
      'github:workflow': 'Deploy',
      'github:actor': 'octocat',
    };
    expect(assumptions(testbed)).toEqual([tags, tags]);
  });

  it("has no tags if its role doesn't allow them: everything works without, and main says so once", async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    testbed.proxy.onRequest((record) =>
      record.operation === 'AssumeRole' && Object.keys(tagsIn(record)).length > 0 ? NOT_ALLOWED : 'pass',
    );
    const job = await testbed.job();
    const main = await job.main();
    const post = await job.post();
    const notices = [main, post].map(({ annotations }) =>
      annotations.filter(({ level }) => level === 'notice'),
    );
    expect(notices[0]).toEqual([
      expect.objectContaining({ message: expect.stringContaining('allow sts:TagSession') }),
    ]);
    expect(notices[1]).toEqual([]);
    expect(post).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, stateText());
  });

  it('is not tagged with session_tags: false', async () => {
    const { testbed } = await heldJob({ session_tags: 'false' });
    expect(assumptions(testbed)).toEqual([{}]);
  });
});
