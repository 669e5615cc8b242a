import { writeFile } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { startGitHubComments } from '../support/github-comments.ts';
import { runFreeze } from './freeze-step.ts';
import { stateText } from './states.ts';
import { describePackaged, findErrors, openTestbed } from './support.ts';
import { findNotices, unlock } from './unlock-step.ts';

const WEEK = { command: 'freeze', until: '3d', reason: 'release week' };

describePackaged('under a freeze', () => {
  it('a hold step fails immediately and touches nothing, unlock frees by id only, and a thaw restores normal use', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const frozen = await runFreeze(testbed, WEEK);
    expect(frozen).toMatchObject({ exitCode: 0, outputs: { frozen: 'true', reason_code: 'froze' } });
    const lock = await testbed.lock();

    const job = await testbed.job({ with: { lock_timeout: '10m', stale_lock: 'break' } });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'frozen' } });
    const [first] = findErrors(main).split('\n');
    expect(first).toMatch(/^The state .* is frozen until \d{4}-.*Z by octocat@.*: release week\.$/);
    expect(JSON.parse(main.outputs.result ?? '')).toMatchObject({
      ok: false,
      waited_seconds: 0,
      freeze: { reason: 'release week', until: frozen.outputs.until },
    });
    expect(main.summary).toContain('🧊 Terraform state: frozen');
    expect((await job.post()).exitCode).toBe(0);
    expect(await unlock(testbed, { force: 'true' })).toMatchObject({
      exitCode: 1,
      outputs: { reason_code: 'frozen', released: 'false' },
    });
    const kept = await unlock(testbed, { only_if_stale: 'true', stale_after: '0s' });
    expect(kept).toMatchObject({ outputs: { reason_code: 'not_stale' } });
    expect(kept.log.match(/octocat@/g)).toHaveLength(1);
    expect(await testbed.lock()).toBe(lock);

    expect(await runFreeze(testbed, { command: 'thaw' })).toMatchObject({
      exitCode: 0,
      outputs: { frozen: 'false', reason_code: 'thawed' },
    });
    const next = await testbed.job();
    expect((await next.main()).exitCode).toBe(0);
    expect((await next.post()).exitCode).toBe(0);
  });

  it('a hold step with time to wait takes the lock when the freeze ends, and says so in the log and on the pull request', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const github = await startGitHubComments();
    onTestFinished(() => github.stop());
    await runFreeze(testbed, { ...WEEK, until: '4s' });
    const identity = { repository: 'acme/infra', event_name: 'pull_request', api_url: github.url };
    const asked = { lock_timeout: '1m', publish: 'comment', github_token: 'ghs_tokenOfTheJob' };
    const job = await testbed.job({ github: identity, with: asked });
    await writeFile(job.folders.event, JSON.stringify({ pull_request: { number: 7 } }));
    const main = await job.main();
    const [comment] = github.comments.get('acme/infra#7') ?? [];
    expect(github.bodies.join()).toContain('waits for the lock of');
    expect(comment?.body).toContain('got the lock of');
    expect(main).toMatchObject({ exitCode: 0, outputs: { reason_code: 'held' } });
    expect(main.log).toMatch(/^Frozen until .*: release week.*Waiting for its end/m);
    expect(findNotices(main).join()).toContain('Ended the freeze of');
    expect(await testbed.lock()).toContain(main.outputs.lock_id);
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(post.summary).toMatch(/Waited for.*frozen until .*release week/);
  });
});
