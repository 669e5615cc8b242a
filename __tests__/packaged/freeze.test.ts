import { expect, it } from 'vitest';
import { runFreeze } from './freeze-step.ts';
import { stateText } from './states.ts';
import { describePackaged, errorsOf, openPlace } from './support.ts';
import { noticesOf, unlock } from './unlock-step.ts';

const WEEK = { command: 'freeze', until: '3d', reason: 'release week' };

describePackaged('under a freeze', () => {
  it('a hold step fails at once and touches nothing, unlock frees by id only, and after a thaw all is as before', async () => {
    const place = await openPlace();
    await place.seed(stateText());
    const frozen = await runFreeze(place, WEEK);
    expect(frozen).toMatchObject({ exitCode: 0, outputs: { frozen: 'true', reason_code: 'froze' } });
    const lock = await place.lock();

    const job = await place.job({ with: { lock_timeout: '10m', stale_lock: 'break' } });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'frozen' } });
    const [first] = errorsOf(main).split('\n');
    expect(first).toMatch(/^The state .* is frozen until \d{4}-.*Z by octocat@.*: release week\.$/);
    expect(JSON.parse(main.outputs.result ?? '')).toMatchObject({
      ok: false,
      waited_seconds: 0,
      freeze: { reason: 'release week', until: frozen.outputs.until },
    });
    expect(main.summary).toContain('🧊 Terraform state: frozen');
    expect((await job.post()).exitCode).toBe(0);
    expect(await unlock(place, { force: 'true' })).toMatchObject({
      exitCode: 1,
      outputs: { reason_code: 'frozen', released: 'false' },
    });
    expect(await unlock(place, { only_if_stale: 'true', stale_after: '0s' })).toMatchObject({
      outputs: { reason_code: 'not_stale' },
    });
    expect(await place.lock()).toBe(lock);

    expect(await runFreeze(place, { command: 'thaw' })).toMatchObject({
      exitCode: 0,
      outputs: { frozen: 'false', reason_code: 'thawed' },
    });
    const next = await place.job();
    expect((await next.main()).exitCode).toBe(0);
    expect((await next.post()).exitCode).toBe(0);
  });

  it('a hold step with time to wait takes the lock in the moment of its end, and says so', async () => {
    const place = await openPlace();
    await place.seed(stateText());
    await runFreeze(place, { ...WEEK, until: '4s' });
    const job = await place.job({ with: { lock_timeout: '1m' } });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, outputs: { reason_code: 'held' } });
    expect(main.log).toMatch(/^Frozen until .*: release week.*Waiting for its end/m);
    expect(noticesOf(main).join()).toContain('Ended the freeze of');
    expect(await place.lock()).toContain(main.outputs.lock_id);
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(post.summary).toMatch(/Waited for.*frozen until .*release week/);
  });
});
