import { expect, it } from 'vitest';
import { expectReleased, stateAfter, untilPushed } from './checkpointed-job.ts';
import { stateText } from './states.ts';
import { describePackaged, openTestbed } from './support.ts';

const readLines = (log: string): string[] =>
  log
    .split('\n')
    .filter((line) => line.includes('##[debug]'))
    .map((line) => line.slice(line.indexOf('##[debug]') + '##[debug]'.length));

const readDecisions = (log: string): string[] =>
  readLines(log)
    .filter((line) => line.startsWith('Decision on '))
    .map((line) => line.slice('Decision on '.length));

/** A job with a checkpoint, whose first read of the state is refused once. */
async function playJob(debug: boolean): Promise<{ main: string; post: string }> {
  const testbed = await openTestbed({ role: true });
  await testbed.seed(stateText());
  let isRefused = false;
  testbed.proxy.onRequest(({ operation }) => {
    if (operation !== 'GetObject' || isRefused) return 'pass';
    isRefused = true;
    return 'reset-before';
  });
  const job = await testbed.job({ debug, with: { checkpoint_interval: '1s' } });
  const main = await job.main();
  expect(main).toMatchObject({ exitCode: 0 });
  await job.change(stateAfter(1));
  await untilPushed(testbed, stateAfter(1));
  await job.change(stateAfter(2));
  const post = await job.post();
  expect(post).toMatchObject({ exitCode: 0 });
  await expectReleased(testbed, stateAfter(2));
  return { main: main.log, post: post.log };
}

describePackaged('step debug logging', () => {
  it('shows each AWS call with its try, time and outcome, and each decision', async () => {
    const { main, post } = await playJob(true);
    const calls = readLines(main);
    expect(calls).toContainEqual(expect.stringMatching(/^sts:AssumeRole of role \S+, try 1: ok, \d+ ms$/));
    expect(calls).toContainEqual(expect.stringMatching(/^dynamodb:PutItem of .+, try 1: ok, \d+ ms$/));
    expect(calls).toContainEqual(expect.stringMatching(/^s3:GetObject of .+, try 1: ECONNRESET, \d+ ms$/));
    expect(calls).toContainEqual(expect.stringMatching(/^s3:GetObject of .+, try 2: ok, \d+ ms$/));
    expect(readDecisions(main)).toEqual([
      expect.stringMatching(/^lock: trying, lock id [0-9a-f-]{36}$/),
      expect.stringMatching(/^lock: held, lock id [0-9a-f-]{36}$/),
      expect.stringMatching(/^pull: serial 7, MD5 [0-9a-f]{32}$/),
    ]);
    expect(readLines(post)).toContainEqual(expect.stringMatching(/^s3:PutObject of .+, try 1: ok, \d+ ms$/));
    expect(readDecisions(post)).toEqual([
      expect.stringMatching(/^checkpoint: serial 8, MD5 [0-9a-f]{32} committed, 0 in doubt, ended by /),
      expect.stringMatching(/^push: (?:push|checkpointed), on top of serial \d, MD5 [0-9a-f]{32}$/),
      'release: released',
    ]);
    // A mask in the log shows that a secret was written to it.
    expect([...calls, ...readLines(post)].filter((line) => line.includes('***'))).toEqual([]);
  });

  it('is silent without RUNNER_DEBUG', async () => {
    const { main, post } = await playJob(false);
    for (const log of [main, post]) {
      expect(log).not.toContain('debug');
      expect(log).not.toContain('Decision on');
      expect(log).not.toContain(', try 1: ');
    }
  });
});
