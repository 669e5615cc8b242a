import { expect, it } from 'vitest';
import { decide, s3Error } from './faults.ts';
import { describePackaged, findErrors, openTestbed } from './support.ts';

const BOTH = { use_lockfile: 'true' };
const FILE = { use_lockfile: 'true', dynamodb_table: '' };
const TABLE = {};

const invalidKey = s3Error(
  403,
  'InvalidAccessKeyId',
  'The AWS Access Key Id you provided does not exist in our records.',
);

describePackaged('a first mistake is reported once, in one line, and post adds nothing', () => {
  it.each([
    ['the lock file', FILE],
    ['lock file and table', BOTH],
    ['the table', TABLE],
  ])('a bucket that does not exist, with %s', async (_, settings) => {
    const testbed = await openTestbed({ role: true });
    const job = await testbed.job({ with: { ...settings, bucket: `${testbed.fixture.bucket}-gone` } });
    const main = await job.main();
    expectOneMistake(findErrors(main), "the bucket doesn't exist");
    expect((await job.post()).exitCode).toBe(0);
    expect(await testbed.lock()).toBeUndefined();
  });

  it.each([
    ['the lock file', FILE],
    ['lock file and table', BOTH],
  ])('keys that S3 does not know, with %s', async (_, settings) => {
    const testbed = await openTestbed({ role: true });
    decide(testbed.proxy, { GetObject: invalidKey, PutObject: invalidKey, DeleteObject: invalidKey });
    const job = await testbed.job({ with: settings });
    const main = await job.main();
    expectOneMistake(findErrors(main), "AWS doesn't accept the credentials (InvalidAccessKeyId)");
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(post.log).toContain('Nothing to do');
  });

  it('a table that does not exist, beside a lock file, which is released', async () => {
    const testbed = await openTestbed({ role: true });
    const job = await testbed.job({ with: { ...BOTH, dynamodb_table: 'no-such-table' } });
    const main = await job.main();
    expectOneMistake(findErrors(main), "the table doesn't exist");
    expect(findErrors(main)).toMatch(/\n\nFix: aws dynamodb create-table .*no-such-table/);
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
  });
});

function expectOneMistake(error: string, words: string): void {
  const lines = error.split('\n');
  expect(lines[0]).toContain(words);
  expect(lines[0]?.length).toBeLessThan(300);
  expect(
    lines.filter((line) => /(doesn't|does not) (exist in|accept)/.test(line)),
    error,
  ).toHaveLength(1);
  expect(error).not.toContain('✗');
  expect(error).not.toContain('may be held');
}
