import { expect, it, onTestFinished } from 'vitest';
import { type PlanRecord, printPlanRecord } from '../../src/backend/records/plan-record.ts';
import { planRecord } from '../backend/plan-vault/records.ts';
import { putObject } from '../support/aws.ts';
import { startGitHubStatuses } from '../support/github-statuses.ts';
import { planOn, runCheck } from './check-step.ts';
import { appliedState, SENSITIVE, stateText } from './states.ts';
import { describeInProcess, describePackaged, findErrors, openTestbed, type Testbed } from './support.ts';

const READS = ['dynamodb GetItem', 's3 GetObject'];

describePackaged('check', () => {
  it('an unchanged state is fresh: two reads, no lock, no write', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    await testbed.putLock('{"ID":"somebody"}');
    const fingerprint = await planOn(testbed);
    testbed.proxy.reset();
    const checked = await runCheck(testbed, { fingerprint });
    expect(checked).toMatchObject({
      exitCode: 0,
      outputs: { fresh: 'true', moved_by: 'null', reason_code: 'fresh' },
    });
    expect(JSON.parse(checked.outputs.result ?? '')).toMatchObject({ ok: true, fresh: true, fingerprint });
    expect(testbed.calls().sort()).toEqual(READS);
    expect(checked.summary).toContain('The plan fits the state');
    expect(await testbed.lock()).toBe('{"ID":"somebody"}');
  });
});

describeInProcess('check', () => {
  it('a state that a job changed is stale: the result names who, in which run, when and to which serial', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const fingerprint = await planOn(testbed);
    const mover = await testbed.job({ actor: 'mallory', runId: '9000' });
    await mover.main();
    await mover.change(appliedState());
    await mover.post();
    testbed.proxy.reset();
    const checked = await runCheck(testbed, { fingerprint });
    expect(checked).toMatchObject({ exitCode: 1, outputs: { fresh: 'false', reason_code: 'plan_stale' } });
    expect(JSON.parse(checked.outputs.moved_by ?? '')).toEqual({
      run_url: expect.stringMatching(/\/actions\/runs\/9000\/attempts\/1$/),
      actor: 'mallory',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      serial: '8',
    });
    expect(JSON.parse(checked.outputs.result ?? '')).toMatchObject({ ok: false, fresh: false });
    expect(findErrors(checked)).toContain('has changed since the plan was made.');
    expect(findErrors(checked)).toMatch(/by mallory in https:\/\/\S+\/actions\/runs\/9000\/attempts\/1/);
    expect(testbed.calls().sort()).toEqual(READS);
    expect(checked.log + checked.summary).not.toContain(SENSITIVE);
  });

  it('a write by Terraform itself has no author, and a missing state has no details', async () => {
    const testbed = await openTestbed({ table: false });
    await putObject(testbed.clients, testbed.fixture.bucket, testbed.objectKey, stateText());
    const without = { dynamodb_table: '' };
    const foreign = await runCheck(testbed, { ...without, fingerprint: 'no-state' });
    expect(foreign).toMatchObject({ exitCode: 1, outputs: { reason_code: 'plan_stale' } });
    expect(JSON.parse(foreign.outputs.moved_by ?? '')).toMatchObject({
      actor: null,
      run_url: null,
      serial: '7',
    });
    const key = 'never/was.tfstate';
    const none = await runCheck(testbed, { ...without, key, fingerprint: 'no-state' });
    expect(none).toMatchObject({ exitCode: 0, outputs: { fresh: 'true' } });
    const gone = await runCheck(testbed, { ...without, key, fingerprint: '0a'.repeat(32) });
    const nobody = { run_url: null, actor: null, time: null, serial: null };
    expect(JSON.parse(gone.outputs.moved_by ?? '')).toEqual(nobody);
  });

  it('reports bad inputs before any request, and leaves fresh empty for an unreadable state', async () => {
    const testbed = await openTestbed();
    testbed.proxy.reset();
    const bad = await runCheck(testbed, { fingerprint: '' });
    expect(bad).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
    expect(findErrors(bad)).toContain(
      '  fingerprint is missing: give one of plan (a plan_id) and fingerprint',
    );
    expect(bad.outputs.fresh).toBeUndefined();
    expect(testbed.calls()).toEqual([]);
    await testbed.seed('no state');
    const broken = await runCheck(testbed, { fingerprint: '0a'.repeat(32) });
    expect(broken).toMatchObject({ exitCode: 1, outputs: { reason_code: 'state_unreadable' } });
    expect(broken.outputs.fresh).toBeUndefined();
  });

  it("a plan in the vault takes a third read, and the result says why it doesn't fit", async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const fingerprint = await planOn(testbed);
    await putRecord(testbed, '1-1', { fingerprint });
    await putRecord(testbed, '2-1', { fingerprint: 'no-state', expiresAt: 0 });
    testbed.proxy.reset();
    const fresh = await runCheck(testbed, { plan: '1-1' });
    expect(fresh).toMatchObject({ exitCode: 0, outputs: { fresh: 'true', reason_code: 'fresh' } });
    expect(testbed.calls().sort()).toEqual([...READS, 's3 GetObject'].sort());
    const stale = await runCheck(testbed, { plan: '2-1' });
    expect(stale).toMatchObject({ exitCode: 1, outputs: { fresh: 'false', reason_code: 'plan_expired' } });
    expect(JSON.parse(stale.outputs.result ?? '').reasons).toEqual(['plan_expired', 'plan_stale']);
    testbed.proxy.reset();
    const newest = await runCheck(testbed, { plan: '1-latest' });
    expect(newest).toMatchObject({ exitCode: 0, outputs: { reason_code: 'fresh' } });
    expect(testbed.calls().sort()).toEqual([...READS, 's3 GetObject', 's3 ListObjectsV2'].sort());
    const missing = await runCheck(testbed, { plan: '3-1' });
    expect(missing).toMatchObject({
      exitCode: 1,
      outputs: { reason_code: 'plan_not_found', moved_by: 'null' },
    });
  });
});

describeInProcess('check of all open pull requests', () => {
  const ALL = { mode: 'pull-requests', github_token: 'ghs_check', status_name: 'prod' };
  const CONTEXT = 'terraform-s3-state/prod';
  const sha = (number: number) => number.toString(16).padStart(40, 'c');

  async function openPulls(count: number) {
    const github = await startGitHubStatuses();
    onTestFinished(() => github.stop());
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    for (let number = 1; number <= count; number += 1) github.heads.set(number, sha(number));
    const identity = { github: { repository: 'acme/infra', api_url: github.url } };
    const run = () => runCheck(testbed, ALL, identity);
    return { github, testbed, run, fingerprint: await planOn(testbed) };
  }

  it('100 take one request to list them and one for each status, a second run takes one, and without GraphQL it is fewer than 120', async () => {
    const { github, testbed, run, fingerprint } = await openPulls(100);
    await Promise.all(
      [...github.heads].map(([number, headCommit]) =>
        putRecord(
          testbed,
          `${number}-1`,
          { fingerprint: number === 1 ? 'no-state' : fingerprint },
          { headCommit },
        ),
      ),
    );
    testbed.proxy.reset();
    const checked = await run();
    expect(checked).toMatchObject({ exitCode: 0, outputs: { fresh: 'false', reason_code: 'checked' } });
    expect(github.requests.length).toBeLessThan(120);
    expect(github.statuses.get(sha(1))).toMatchObject([{ context: CONTEXT, state: 'failure' }]);
    expect(github.statuses.get(sha(2))).toMatchObject([
      { context: CONTEXT, state: 'success', description: 'The plan fits the state, serial 7' },
    ]);
    expect(testbed.calls().filter((call) => call.startsWith('dynamodb'))).toEqual(['dynamodb GetItem']);
    expect(testbed.calls().filter((call) => /Put|Delete/.test(call))).toEqual([]);
    github.requests.length = 0;
    const again = await run();
    expect(again).toMatchObject({ exitCode: 0 });
    expect(github.requests).toEqual(['POST /graphql']);
    expect(JSON.parse(again.outputs.pull_requests ?? '')).toHaveLength(100);

    const message = 'Resource not accessible by integration';
    github.refuse = (request) => (request.includes('/graphql') ? { status: 403, message } : undefined);
    github.requests.length = 0;
    github.statuses.clear();
    expect(await run()).toMatchObject({ exitCode: 0, outputs: { fresh: 'false' } });
    expect(github.requests.length).toBeGreaterThan(100);
    expect(github.requests.length).toBeLessThan(120);
    expect(github.statuses.get(sha(1))?.at(-1)).toMatchObject({ context: CONTEXT, state: 'failure' });
  });

  it('a fresh head turns stale when a job changes the state, and its status names who did', async () => {
    const { github, testbed, run, fingerprint } = await openPulls(2);
    await putRecord(testbed, '1-1', { fingerprint }, { headCommit: sha(1) });
    await run();
    expect(github.statuses.get(sha(1))).toMatchObject([{ state: 'success' }]);
    const mover = await testbed.job({ actor: 'mallory', runId: '9000' });
    await mover.main();
    await mover.change(appliedState());
    await mover.post();
    const checked = await run();
    expect(JSON.parse(checked.outputs.moved_by ?? '')).toMatchObject({ actor: 'mallory', serial: '8' });
    const given = github.statuses.get(sha(1))?.at(-1);
    expect(given?.description).toMatch(/^mallory changed the state to serial 8 at \S+: plan again$/);
    expect(given?.target_url).toMatch(/\/actions\/runs\/9000\/attempts\/1$/);
    expect(github.statuses.get(sha(2))).toBeUndefined();
    expect(checked.summary).toContain('0 of 1 plans of open pull requests fit the state');
  });

  it('a token that may not set statuses gets an error that names its missing permissions', async () => {
    const { github, testbed, run, fingerprint } = await openPulls(1);
    await putRecord(testbed, '1-1', { fingerprint }, { headCommit: sha(1) });
    const message = 'Resource not accessible by integration';
    github.refuse = (request) => (request.includes('/statuses/') ? { status: 403, message } : undefined);
    const checked = await run();
    expect(checked).toMatchObject({ exitCode: 1, outputs: { reason_code: 'statuses_not_set' } });
    expect(findErrors(checked)).toContain('github_token needs pull-requests: read and statuses: write');
    expect(checked.outputs.fresh).toBeUndefined();
  });
});

/** Puts the record of a plan for a testbed's state beside it, as a plan job does. */
async function putRecord(
  { clients, fixture, objectKey }: Testbed,
  planId: string,
  change: Partial<PlanRecord>,
  origin: Partial<PlanRecord['origin']> = {},
): Promise<void> {
  const state = { bucket: fixture.bucket, key: objectKey, workspace: 'default' };
  const record = planRecord({ state, expiresAt: Date.now() + 86_400_000, ...change });
  const text = printPlanRecord({ ...record, origin: { ...record.origin, ...origin } });
  await putObject(clients, fixture.bucket, `${objectKey}.plans/${planId}.json`, text);
}
