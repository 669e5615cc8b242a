import { expect, it } from 'vitest';
import { putItem } from '../support/aws.ts';
import { holdAt, reachedBy } from './faults.ts';
import { stateText } from './states.ts';
import { describePackaged, errorsOf, openPlace, type Place } from './support.ts';

const RUN = 'https://github.com/octo-org/website/actions/runs/77/attempts/2';

/** A lock item as Terraform writes it; `Info` is what its owner likes to say. */
function lockInfo(fields: Record<string, string> = {}): string {
  return JSON.stringify({
    ID: 'eaa41826-e2ca-bf32-14f3-1feeea8a0f1a',
    Operation: 'OperationTypeApply',
    Info: '',
    Who: 'alice@laptop',
    Version: '1.11.4',
    Created: new Date(Date.now() - 250_000).toISOString(),
    Path: 'bucket/network/app.tfstate',
    ...fields,
  });
}

async function lockedPlace(info: string): Promise<Place> {
  const place = await openPlace({ role: true });
  await place.seed(stateText());
  await place.putLock(info);
  return place;
}

describePackaged('a lock that somebody else holds', () => {
  it('is shown with every field, its age, its run and the commands; post leaves it alone', async () => {
    const info = lockInfo({ Info: `octo-org/website, ${RUN}` });
    const place = await lockedPlace(info);
    const github = { action_repository: 'octo-org/terraform-s3-state', action_ref: 'v1.2.3' };
    const job = await place.job({ github });
    const main = await job.main();
    const error = errorsOf(main);
    expect(main).toMatchObject({ exitCode: 1, conclusion: 'failure', outputs: {} });
    expect(error.split('\n')[0]).toBe(`The state ${place.lockId} is locked. Its holder:`);
    expect(error).toContain('ID:        eaa41826-e2ca-bf32-14f3-1feeea8a0f1a');
    for (const [name, value] of Object.entries(JSON.parse(info))) {
      expect(error).toMatch(new RegExp(`^  ${name}: +${escaped(String(value))}`, 'm'));
    }
    expect(error).toMatch(/\(4m \d+s ago\)/);
    expect(error).toContain(`Run:       ${RUN}`);
    expect(error).toContain('set lock_timeout');
    expect(error).toContain('terraform force-unlock eaa41826-e2ca-bf32-14f3-1feeea8a0f1a');
    expect(error).toContain('aws dynamodb delete-item --region us-east-1');
    expect(error).toContain('uses: octo-org/terraform-s3-state/unlock@v1.2.3');
    expect((await job.post()).log).toContain('Nothing to do');
    expect(await place.lock()).toBe(info);
    expect(job.privateDirectories()).toEqual([]);
  });

  it('names the workspace in the force-unlock command', async () => {
    const place = await openPlace({ workspace: 'staging' });
    await place.putLock(lockInfo());
    const job = await place.job();
    expect(errorsOf(await job.main())).toContain('TF_WORKSPACE=staging terraform force-unlock eaa41826');
  });

  it('other people’s text in it can neither set outputs nor make annotations', async () => {
    const evil =
      '\n::set-output name=serial::999\r::error::pwned ##[error]pwned ##[add-mask]alice\n::add-mask::locked';
    const place = await lockedPlace(lockInfo({ Info: evil, Who: `::warning::${evil}` }));
    const job = await place.job({ with: { lock_timeout: '1s' } });
    const main = await job.main();
    expect(Object.keys(main.outputs).sort()).toEqual(['reason_code', 'result']);
    expect(main.outputs.reason_code).toBe('lock_timeout');
    expect(main.annotations.map(({ level }) => level)).toEqual(['error']);
    expect(errorsOf(main)).toContain('The state');
    expect(main.masks.filter((mask) => mask === 'alice' || mask === 'locked')).toEqual([]);
    expect(main.conclusion).toBe('failure');
    expect(main.fileCommandError).toBeUndefined();
  });

  it.for([
    ['without Info', undefined],
    ['with something else than JSON', 'not json ::error::x'],
    ['with a bad date', lockInfo({ Created: 'yesterday' })],
  ])('an item %s is reported as such, with a command that frees it', async ([, info]) => {
    const place = await openPlace();
    if (info === undefined)
      await putItem(place.clients, place.fixture.table, place.lockId, { Note: 'made by hand' });
    else await place.putLock(info);
    const job = await place.job();
    const main = await job.main();
    expect(main.exitCode).toBe(1);
    expect(errorsOf(main)).toContain('Neither this action nor Terraform can read the lock');
    expect(errorsOf(main)).toContain('aws dynamodb delete-item');
    expect(errorsOf(main)).not.toContain('force-unlock');
  });

  it('our own put, whose answer was lost, is a success', async () => {
    const place = await openPlace({ role: true });
    await place.seed(stateText());
    let lost = false;
    place.proxy.onRequest(({ operation }) => {
      if (lost || operation !== 'PutItem') return 'pass';
      lost = true;
      return 'reset-after';
    });
    const job = await place.job();
    const main = await job.main();
    expect(main.exitCode).toBe(0);
    expect(place.calls().filter((call) => call === 'dynamodb PutItem')).toHaveLength(2);
    expect(await place.lock()).toContain(main.outputs.lock_id);
    expect((await job.post()).exitCode).toBe(0);
    expect(await place.lock()).toBeUndefined();
  });
});

describePackaged('lock_timeout', () => {
  it('a lock that is freed meanwhile is taken', async () => {
    const place = await lockedPlace(lockInfo());
    const job = await place.job({ with: { lock_timeout: '1m' } });
    const stage = await job.startMain();
    await stage.waitForLine(/Locked by alice@laptop .* waiting/);
    await place.freeLock();
    const main = await stage.done;
    expect(main.exitCode).toBe(0);
    expect(main.log.match(/waiting/g)).toHaveLength(1);
    expect(await place.lock()).toContain(main.outputs.lock_id);
  });

  it('that runs out: the error says how long it waited', async () => {
    const place = await lockedPlace(lockInfo());
    const job = await place.job({ with: { lock_timeout: '1s' } });
    const main = await job.main();
    expect(main.exitCode).toBe(1);
    expect(errorsOf(main)).toContain(`The state ${place.lockId} is locked after waiting 1s. Its holder:`);
  });

  it('a cancel during the wait ends it at once, with nothing held', async () => {
    const info = lockInfo();
    const place = await lockedPlace(info);
    const job = await place.job({ with: { lock_timeout: '10m' } });
    const stage = await job.startMain();
    await stage.waitForLine(/waiting/);
    stage.cancel();
    const main = await stage.done;
    expect(main.signal).toBeUndefined();
    expect(main.conclusion).toBe('cancelled');
    expect((await job.post()).exitCode).toBe(0);
    expect(await place.lock()).toBe(info);
  });

  it('killed during the wait: post leaves the lock to its owner', async () => {
    const info = lockInfo();
    const place = await lockedPlace(info);
    const job = await place.job({ with: { lock_timeout: '10m' } });
    const stage = await job.startMain();
    await stage.waitForLine(/waiting/);
    stage.signal('SIGKILL');
    await stage.done;
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(post.log).toContain('The lock is not ours: nothing to release. Now it is held by alice@laptop');
    expect(await place.lock()).toBe(info);
    expect(job.privateDirectories()).toEqual([]);
  });

  it('a cancel while a put that finds the lock freed is under way leaves nothing either', async () => {
    const place = await lockedPlace(lockInfo());
    const job = await place.job({ with: { lock_timeout: '10m' } });
    const stage = await job.startMain();
    await stage.waitForLine(/waiting/);
    await place.freeLock();
    const held = holdAt(place.proxy, 'PutItem', 'after');
    await reachedBy(stage, held);
    stage.cancel();
    await stage.done;
    held.releaseLock();
    await job.post();
    expect(await place.lock()).toBeUndefined();
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
