import { createHash } from 'node:crypto';
import { expect, inject, it, onTestFinished } from 'vitest';
import { printPlanRecord } from '../../../src/backend/records/plan-record.ts';
import { connectGitHub } from '../../../src/github/api.ts';
import { explain } from '../../../src/messages/explain.ts';
import { Interrupted } from '../../../src/runner/interrupt.ts';
import { actionsRunner } from '../../../src/runner/runner.ts';
import { check } from '../../../src/steps/check/check.ts';
import { planRecord } from '../../backend/plan-vault/records.ts';
import { inputEnv } from '../../job-state/support.ts';
import { appliedState, LINEAGE, stateText } from '../../packaged/states.ts';
import { awsClients, createStateFixture, DUMMY_KEYS, putItem, putObject, REGION } from '../../support/aws.ts';
import { fakeDependencies } from '../../support/dependencies.ts';
import { startGitHubStatuses } from '../../support/github-statuses.ts';
import { startProxy, type WaitDecision } from '../../support/proxy.ts';

const motoUrl = inject('motoUrl') ?? '';
const KEY = 'app.tfstate';
const HEAD = 'c'.repeat(40);
const PLAN = { plan: '1-1' };
const ALL = { mode: 'pull-requests', github_token: 'ghs_check', status_name: 'prod' };

/** The fault that one call meets, or the whole step during it. */
const EFFECTS = ['reset-before', 'reset-after', 'status 500', 'status 403', 'cut off', 'cancelled'] as const;
type Effect = (typeof EFFECTS)[number];

/** The result of one run. */
interface CheckRun {
  readonly outputs: Readonly<Record<string, string>>;
  readonly error: string | undefined;
}

/** A state with a plan that fits it, a pull request whose head has that plan, and the proxies in front of them. */
async function openBench() {
  const clients = awsClients(motoUrl);
  const proxy = await startProxy(motoUrl);
  const github = await startGitHubStatuses();
  onTestFinished(async () => {
    await proxy.stop();
    await github.stop();
    clients.destroy();
  });
  const { bucket, table } = await createStateFixture(clients, { name: 'check' });
  const seed = async (text: string) => {
    await putObject(clients, bucket, KEY, text);
    await putItem(clients, table, `${bucket}/${KEY}-md5`, { Digest: md5(text) });
  };
  await seed(stateText());
  const header = { lineage: LINEAGE, serial: 7n };
  const record = planRecord({
    state: { bucket, key: KEY, workspace: 'default' },
    fingerprint: hashFingerprint(stateText(), header),
    origin: { ...planRecord().origin, repository: 'acme/infra', headCommit: HEAD },
    expiresAt: Date.now() + 86_400_000,
  });
  await putObject(clients, bucket, `${KEY}.plans/1-1.json`, printPlanRecord(record));
  github.heads.set(7, HEAD);
  const { url } = proxy;
  const where = { bucket, key: KEY, region: REGION, dynamodb_table: table, use_path_style: 'true' };
  const how = { endpoint: url, dynamodb_endpoint: url, sts_endpoint: url, max_retries: '1' };
  const keys = { access_key: DUMMY_KEYS.accessKeyId, secret_key: DUMMY_KEYS.secretAccessKey };
  const job = {
    GITHUB_REPOSITORY: 'acme/infra',
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: 'https://github.com',
  };
  const run = async (inputs: Record<string, string>, signal: AbortSignal): Promise<CheckRun> => {
    const outputs: Record<string, string> = {};
    const deps = fakeDependencies({
      env: { ...inputEnv({ ...where, ...how, ...keys, ...inputs }), ...job },
      signal,
      runner: {
        ...actionsRunner,
        info: () => {},
        notice: () => {},
        warning: () => {},
        debug: () => {},
        mask: () => {},
        output: (name, value) => {
          outputs[name] = value;
        },
        summary: async () => {},
      },
    });
    const error = await check({ ...deps, connectGitHub }).then(
      () => undefined,
      (reason: unknown) => explain(reason, Date.now()),
    );
    return { outputs, error };
  };
  return { proxy, github, seed, run };
}

type Bench = Awaited<ReturnType<typeof openBench>>;

/** Runs the action while one of its calls to AWS meets this fault. Undefined: it makes no such call. */
async function runWith(
  { proxy, run }: Bench,
  inputs: Record<string, string>,
  call: number,
  effect: Effect,
): Promise<CheckRun | undefined> {
  const cancel = new AbortController();
  let calls = 0;
  proxy.onRequest((): WaitDecision => {
    calls += 1;
    if (calls !== call) return 'pass';
    if (effect === 'status 500') return { status: 500, body: '' };
    if (effect === 'status 403') return { status: 403, body: '' };
    if (effect !== 'cancelled' && effect !== 'cut off') return effect;
    cancel.abort(new Interrupted('SIGINT'));
    // A call that hangs until the job is cancelled, and one that would have had its answer.
    return effect === 'cut off' ? 'hang' : 'pass';
  });
  const done = await run(inputs, cancel.signal);
  proxy.onRequest(() => 'pass');
  return calls < call ? undefined : done;
}

/** Tries each fault at each call until there is no further call; returns the number of calls. */
async function forEachFault(
  bench: Bench,
  inputs: Record<string, string>,
  judge: (done: CheckRun, what: string) => void,
): Promise<number> {
  for (let call = 1; ; call += 1) {
    for (const effect of EFFECTS) {
      bench.github.statuses.clear();
      const done = await runWith(bench, inputs, call, effect);
      if (done === undefined) return call - 1;
      judge(done, `call ${call}: ${effect}`);
    }
  }
}

const writes = ({ proxy }: Bench) =>
  proxy.requests.filter(({ operation }) => /^(?:Put|Delete|Update|Transact)/.test(operation));

it.skipIf(motoUrl === '').each([
  ['of a plan that fits', stateText(), 'true'],
  ['of a plan whose state has changed', appliedState(), 'false'],
])('a check %s reports the truth or nothing, whichever call fails', async (_, text, fresh) => {
  const bench = await openBench();
  await bench.seed(text);
  const calls = await forEachFault(bench, PLAN, ({ outputs, error }, what) => {
    expect(outputs.reason_code, what).toBeDefined();
    if (outputs.fresh !== undefined) expect(outputs.fresh, what).toBe(fresh);
    // Only a complete check may pass.
    if (error === undefined) expect(outputs.fresh, what).toBe('true');
  });
  expect(calls).toBeGreaterThanOrEqual(3);
  expect(writes(bench)).toEqual([]);
});

it.skipIf(motoUrl === '')(
  'no pull request gets a wrong status and no state or lock is written, whichever call fails',
  async () => {
    const bench = await openBench();
    await bench.seed(appliedState());
    const calls = await forEachFault(bench, ALL, ({ outputs, error }, what) => {
      const given = bench.github.statuses.get(HEAD) ?? [];
      expect(
        given.filter(({ state }) => state !== 'failure'),
        what,
      ).toEqual([]);
      if (error === undefined) expect(given, what).toHaveLength(1);
      expect(outputs.reason_code, what).toBeDefined();
    });
    expect(calls).toBeGreaterThanOrEqual(4);
    expect(writes(bench)).toEqual([]);
  },
);

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function hashFingerprint(text: string, { lineage, serial }: { lineage: string; serial: bigint }): string {
  return createHash('sha256')
    .update(`${lineage}/${serial}/${md5(text)}`)
    .digest('hex');
}
