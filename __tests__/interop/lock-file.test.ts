import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startProxy } from '../support/proxy.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';
import { printedCommand } from './printed-command.ts';
import { applyToFile } from './root-module.ts';
import { type LockedIn, parseState, sharedStates } from './shared-state.ts';

const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();
const CUSTOMER_KEY = Buffer.alloc(32, 7).toString('base64');
const WAYS: readonly LockedIn[] = ['file', 'both'];
const MIXED: readonly LockedIn[] = ['file', 'item', 'both'];

describe.skipIf(!inject('terraform') || !motoUrl).for(WAYS)('locked in %s,', (lockedIn) => {
  const isBoth = lockedIn === 'both';
  if (!isBoth) runStepsInProcess();

  it('our lock stops terraform, which shows our Info, reads what we pushed and then takes the lock', async () => {
    const state = await setUp({ lockedIn });
    const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
    await laptop.apply('one');
    const main = await job.run('main', { with: state.inputs });
    const id = main.outputs.lock_id ?? '';
    const refused = await laptop.tryRun('plan');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('PreconditionFailed');
    expect(refused.stderr).toContain(id);
    expect(refused.stderr).toMatch(
      /Info: .*https:\/\/github\.com\/octo-org\/infrastructure\/actions\/runs\/\d+/,
    );
    const file = await state.lockFile();
    const item = await state.lockInfo();
    expect(item).toBe(isBoth ? file : undefined);
    await applyToFile(main.outputs.state_path, 'one', 'ours');
    const post = await job.run('post', { omitInputs: true });
    expect(post.annotations).toEqual([]);
    expect([await state.lockFile(), await state.lockInfo()]).toEqual([undefined, undefined]);
    expect(await laptop.run('output', '-raw', 'words')).toBe('one,ours');
    await laptop.apply('theirs');
    const next = await (await state.job()).run('main', { with: state.inputs });
    expect(next.outputs.serial).toBe(String(parseState(await state.object()).serial));
  });

  it("terraform's lock stops us; we show every field and leave it, and get the lock when terraform ends", async () => {
    const state = await setUp({ lockedIn });
    const [laptop, job, other] = await Promise.all([state.laptop(), state.job(), state.job()]);
    const holder = await laptop.hold();
    const theirs = (await state.lockFile()) ?? '';
    const { ID, Who, Created } = JSON.parse(theirs);
    const main = await job.run('main', { with: state.inputs });
    expect(main.exitCode).toBe(1);
    for (const value of [ID, Who, Created, 'OperationTypeApply']) expect(main.log).toContain(value);
    await job.run('post', { omitInputs: true });
    expect([await state.lockFile(), await state.lockInfo()]).toEqual([theirs, isBoth ? theirs : undefined]);
    const waiting = await other.start('main', { with: { ...state.inputs, lock_timeout: '1m' } });
    await waiting.waitForLine(/^Locked by \S+@\S+ \(OperationTypeApply\) for /);
    await holder.open();
    expect((await waiting.done).outputs.serial).toBe('1');
  });

  it("our file has exactly the form of terraform's", async () => {
    const state = await setUp({ lockedIn });
    const [laptop, job] = await Promise.all([state.laptop(), state.job({ actor: 'a&b' })]);
    const holder = await laptop.hold();
    const form = (text = '') => text.replaceAll(/"(?:[^"\\]|\\.)*"(?=[,}])/g, '"..."');
    const theirs = form(await state.lockFile());
    await holder.open();
    await job.run('main', { with: state.inputs });
    const ours = await state.lockFile();
    expect(form(ours)).toBe(theirs);
    expect(ours).toContain('a\\u0026b');
  });

  it('terraform force-unlock frees our lock, and leaves post nothing to free', async () => {
    const state = await setUp({ lockedIn });
    const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
    const main = await job.run('main', { with: state.inputs });
    await laptop.run('force-unlock', '-force', main.outputs.lock_id ?? '');
    expect([await state.lockFile(), await state.lockInfo()]).toEqual([undefined, undefined]);
    const post = await job.run('post', { omitInputs: true });
    expect(post.exitCode).toBe(0);
    expect(post.log).toMatch(/This job lost the lock of \S+\. Somebody freed it/);
  });
});

describe.skipIf(!inject('terraform') || !motoUrl)('mixed fleets', () => {
  runStepsInProcess();

  it.for(MIXED)('with both locks, we and a terraform with %s exclude each other', async (theirs) => {
    const state = await setUp({ lockedIn: 'both' });
    const [laptop, job, late] = await Promise.all([
      state.laptop(undefined, {}, theirs),
      state.job(),
      state.job(),
    ]);
    await job.run('main', { with: state.inputs });
    expect((await laptop.tryRun('plan')).stderr).toContain('Error acquiring the state lock');
    await job.run('post', { omitInputs: true });
    const holder = await laptop.hold();
    const main = await late.run('main', { with: state.inputs });
    expect(main.exitCode).toBe(1);
    expect(main.log).toContain('OperationTypeApply');
    expect((await state.lockFile()) === undefined).toBe(theirs === 'item');
    await holder.open();
  });

  it('we report an object that is newer than its digest, and how to repair it', async () => {
    const state = await setUp({ lockedIn: 'both' });
    const [withTable, tableless, job] = await Promise.all([
      state.laptop(),
      state.laptop(undefined, {}, 'file'),
      state.job(),
    ]);
    await withTable.apply('one');
    await tableless.apply('two');
    const main = await job.run('main', { with: state.inputs });
    expect(main.outputs.reason_code).toBe('digest_mismatch');
    expect(printedCommand(main.log, 'aws dynamodb put-item ')).toContain(`${state.lockId}-md5`);
    expect([await state.lockFile(), await state.lockInfo()]).toEqual([undefined, undefined]);
  });
});

describe.skipIf(!inject('terraform') || !motoUrl)('with a customer key (SSE-C)', () => {
  runStepsInProcess();

  it('each of our calls on state and lock file has the headers that terraform sends', async () => {
    const proxy = await startProxy(motoUrl);
    onTestFinished(proxy.stop);
    const options = { endpoint: proxy.url, direct: motoUrl, encrypt: true, customerKey: CUSTOMER_KEY };
    const state = await setUp({ ...options, lockedIn: 'both' });
    const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
    await laptop.apply('one');
    const keyHeaders = (method: string) =>
      proxy.requests
        .filter(({ service, path }) => service === 's3' && path.includes('app.tfstate'))
        .filter((request) => request.method === method)
        .map(({ headers }) => Object.entries(headers).filter(([name]) => name.includes('customer')));
    const [theirs] = keyHeaders('PUT');
    expect(theirs).toHaveLength(3);
    proxy.reset();
    const main = await job.run('main', { with: state.inputs });
    await applyToFile(main.outputs.state_path, 'one', 'ours');
    await job.run('post', { omitInputs: true });
    const ours = [...keyHeaders('PUT'), ...keyHeaders('GET'), ...keyHeaders('HEAD')];
    expect(ours.length).toBeGreaterThan(4);
    for (const headers of ours) expect(headers.sort()).toEqual(theirs?.sort());
    expect(main.rawStdout).toContain(`::add-mask::${CUSTOMER_KEY}`);
    expect(await laptop.run('output', '-raw', 'words')).toBe('one,ours');
  });
});
