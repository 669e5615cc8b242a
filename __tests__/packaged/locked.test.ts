import { expect, it } from 'vitest';
import { putItem, readItem } from '../support/aws.ts';
import { holdAt, stopAt } from './faults.ts';
import { stateText } from './states.ts';
import { describeInProcess, describePackaged, findErrors, openTestbed, type Testbed } from './support.ts';

const RUN = 'https://github.com/octo-org/website/actions/runs/77/attempts/2';

/** A lock item as Terraform writes it; its holder chooses the `Info`. */
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

async function lockedTestbed(info: string): Promise<Testbed> {
  const testbed = await openTestbed({ role: true });
  await testbed.seed(stateText());
  await testbed.putLock(info);
  return testbed;
}

describePackaged('a lock that somebody else holds', () => {
  it('is shown with every field, its age, its run and the commands; post leaves it alone', async () => {
    const info = lockInfo({ Info: `octo-org/website, ${RUN}` });
    const testbed = await lockedTestbed(info);
    const github = { action_repository: 'octo-org/terraform-s3-state', action_ref: 'v1.2.3' };
    const job = await testbed.job({ github });
    const main = await job.main();
    const error = findErrors(main);
    expect(main).toMatchObject({ exitCode: 1, conclusion: 'failure', outputs: {} });
    expect(error.split('\n')[0]).toMatch(
      /^The state \S+ is locked by alice@laptop \(OperationTypeApply\) for 4m \d+s\.$/,
    );
    expect(error).toContain('ID:        eaa41826-e2ca-bf32-14f3-1feeea8a0f1a');
    const { Created: created, ...fields } = JSON.parse(info);
    expect(error).toContain(`  Created:   ${created.slice(0, 19)}Z (`);
    for (const [name, value] of Object.entries(fields)) {
      expect(error).toMatch(new RegExp(`^  ${name}: +${escaped(String(value))}`, 'm'));
    }
    expect(error).toMatch(/\(4m \d+s ago\)/);
    expect(error).toContain(RUN);
    expect(error).toContain('set lock_timeout');
    expect(error).toContain('terraform force-unlock eaa41826-e2ca-bf32-14f3-1feeea8a0f1a');
    expect(error).toContain('aws dynamodb delete-item --region us-east-1');
    expect(error).toContain('uses: octo-org/terraform-s3-state/unlock@v1.2.3');
    expect((await job.post()).log).toContain('Nothing to do');
    expect(await testbed.lock()).toBe(info);
    expect(job.privateDirectories()).toEqual([]);
  });

  it("can't set outputs or make annotations with other people’s text", async () => {
    const evil =
      '\n::set-output name=serial::999\r::error::pwned ##[error]pwned ##[add-mask]alice\n::add-mask::locked';
    const testbed = await lockedTestbed(lockInfo({ Info: evil, Who: `::warning::${evil}` }));
    const job = await testbed.job({ with: { lock_timeout: '1s' } });
    const main = await job.main();
    expect(Object.keys(main.outputs).sort()).toEqual(['reason_code', 'result']);
    expect(main.outputs.reason_code).toBe('lock_timeout');
    expect(main.annotations.map(({ level }) => level)).toEqual(['error']);
    expect(findErrors(main)).toContain('The state');
    expect(main.masks.filter((mask) => mask === 'alice' || mask === 'locked')).toEqual([]);
    expect(main.conclusion).toBe('failure');
    expect(main.fileCommandError).toBeUndefined();
  });
});

describeInProcess('a lock that somebody else holds', () => {
  it('names the workspace in the force-unlock command', async () => {
    const testbed = await openTestbed({ workspace: 'staging' });
    await testbed.putLock(lockInfo());
    const job = await testbed.job();
    expect(findErrors(await job.main())).toContain('TF_WORKSPACE=staging terraform force-unlock eaa41826');
  });

  it.for([
    ['without Info', undefined],
    ['with something other than JSON', 'not json ::error::x'],
    ['with a bad date', lockInfo({ Created: 'yesterday' })],
  ])('an item %s is reported as such, with a command that frees it', async ([, info]) => {
    const testbed = await openTestbed();
    if (info === undefined)
      await putItem(testbed.clients, testbed.fixture.table, testbed.lockId, { Note: 'made by hand' });
    else await testbed.putLock(info);
    const job = await testbed.job();
    const main = await job.main();
    expect(main.exitCode).toBe(1);
    expect(findErrors(main)).toContain('Neither this action nor Terraform can read the lock');
    expect(findErrors(main)).toContain('aws dynamodb delete-item');
    expect(findErrors(main)).not.toContain('force-unlock');
  });

  it('is our own when the answer to our put was lost, which is a success', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    let lost = false;
    testbed.proxy.onRequest(({ operation }) => {
      if (lost || operation !== 'PutItem') return 'pass';
      lost = true;
      return 'reset-after';
    });
    const job = await testbed.job();
    const main = await job.main();
    expect(main.exitCode).toBe(0);
    expect(testbed.calls().filter((call) => call === 'dynamodb PutItem')).toHaveLength(2);
    expect(await testbed.lock()).toContain(main.outputs.lock_id);
    expect((await job.post()).exitCode).toBe(0);
    expect(await testbed.lock()).toBeUndefined();
  });
});

describePackaged('lock_timeout', () => {
  it('takes a lock that is freed meanwhile', async () => {
    const testbed = await lockedTestbed(lockInfo());
    const job = await testbed.job({ with: { lock_timeout: '1m' } });
    const stage = await job.startMain();
    await stage.waitForLine(/Locked by alice@laptop .* waiting/);
    await testbed.freeLock();
    const main = await stage.done;
    expect(main.exitCode).toBe(0);
    expect(main.log.match(/waiting/g)).toHaveLength(1);
    expect(await testbed.lock()).toContain(main.outputs.lock_id);
  });

  it('that runs out: the error says how long it waited', async () => {
    const testbed = await lockedTestbed(lockInfo());
    const job = await testbed.job({ with: { lock_timeout: '1s' } });
    const main = await job.main();
    expect(main.exitCode).toBe(1);
    expect(findErrors(main)).toMatch(
      /^The state \S+ is locked by .*, and was not released within 1s\.\nTo wait longer, set lock_timeout/,
    );
  });

  it('ends immediately on a cancel, with nothing held', async () => {
    const info = lockInfo();
    const testbed = await lockedTestbed(info);
    const job = await testbed.job({ with: { lock_timeout: '10m' } });
    const stage = await job.startMain();
    await stage.waitForLine(/waiting/);
    stage.cancel();
    const main = await stage.done;
    expect(main.signal).toBeUndefined();
    expect(main.conclusion).toBe('cancelled');
    expect((await job.post()).exitCode).toBe(0);
    expect(await testbed.lock()).toBe(info);
    expect(await readQueue(testbed)).toBeUndefined();
  });

  it('killed during the wait: post leaves the lock to its owner', async () => {
    const info = lockInfo();
    const testbed = await lockedTestbed(info);
    const job = await testbed.job({ with: { lock_timeout: '10m' } });
    const stage = await job.startMain();
    await stage.waitForLine(/waiting/);
    expect(await readQueue(testbed)).toBeDefined();
    stage.signal('SIGKILL');
    await stage.done;
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(post.log).toContain(
      'This job does not hold the lock: nothing to release. Now it is held by alice@laptop',
    );
    expect(await testbed.lock()).toBe(info);
    expect(await readQueue(testbed)).toBeUndefined();
    expect(job.privateDirectories()).toEqual([]);
  });

  it('leaves nothing held after a cancel while a put that finds the lock freed is under way', async () => {
    const testbed = await lockedTestbed(lockInfo());
    const job = await testbed.job({ with: { lock_timeout: '10m' } });
    const stage = await job.startMain();
    await stage.waitForLine(/waiting/);
    await testbed.freeLock();
    const held = holdAt(testbed.proxy, 'PutItem', 'after');
    await stopAt(held, stage, 'cancel');
    await job.post();
    expect(await testbed.lock()).toBeUndefined();
  });
});

/** The tickets of those who wait for the lock. */
function readQueue({ clients, fixture, lockId }: Testbed): Promise<Record<string, string> | undefined> {
  return readItem(clients, fixture.table, `queue:${lockId}`);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
