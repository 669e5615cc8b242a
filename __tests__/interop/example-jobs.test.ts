import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { stateWith, text } from '../packaged/outputs-step.ts';
import { lockInfo } from '../packaged/unlock-step.ts';
import { ACCOUNT_ID, putItem, putObject, readObject } from '../support/aws.ts';
import { startGitHubComments } from '../support/github-comments.ts';
import { startLocalServer } from '../support/local-server.ts';
import { type ExampleOptions, openExample } from './example-job.ts';
import { WORDS } from './root-module.ts';
import { parseState, type SharedState, sharedStates } from './shared-state.ts';

const KEY = 'network/terraform.tfstate';
const REPOSITORY = 'octo-org/infrastructure';
const MODULE = { 'infra/main.tf': WORDS };

const setUp = sharedStates();
const hasParts = inject('terraform') && inject('motoUrl') !== undefined;

/** Runs the only job of an example to its end; its last step must succeed. */
async function runAll(state: SharedState, example: string, name: string, options: ExampleOptions = {}) {
  const last = await (await openExample(state, example, name, options)).run();
  expect({ code: last.exitCode, log: last.log }).toMatchObject({ code: 0 });
  return last;
}

/** A job of apply.yml up to its `terraform init`; it holds the lock. Returns the lock's id. */
async function holdByApply(state: SharedState): Promise<string> {
  const holding = await openExample(state, 'apply.yml', 'apply', { runId: '77', files: MODULE });
  const main = await holding.run('terraform init');
  expect(main.exitCode).toBe(0);
  return main.outputs.lock_id ?? '';
}

/** GitHub, where every run has ended or not, and where issues can be created. */
async function startGitHub() {
  const fake = { hasEnded: false, created: '' };
  const server = await startLocalServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = request.url?.replace(/\?.*/, '') ?? '';
    if (request.method === 'POST' && url.endsWith('/issues')) fake.created = Buffer.concat(chunks).toString();
    response.setHeader('content-type', 'application/json');
    // GitHub's own clock: a day after the end of the run.
    response.setHeader('date', 'Thu, 02 Jan 2031 00:00:00 GMT');
    response.end(JSON.stringify(answer(`${request.method} ${url}`, fake.hasEnded)));
  });
  onTestFinished(() => server.stop());
  return Object.assign(fake, { github: { api_url: server.url } });
}

function answer(request: string, hasEnded: boolean): unknown {
  const completed_at = hasEnded ? '2031-01-01T00:00:00Z' : null;
  const ended = hasEnded
    ? { status: 'completed', conclusion: 'failure' }
    : { status: 'in_progress', conclusion: null };
  if (request.endsWith('/graphql')) return { data: { viewer: { login: 'github-actions[bot]' } } };
  if (request.endsWith('/jobs')) return { total_count: 1, jobs: [{ id: 1, ...ended, completed_at }] };
  if (request.startsWith('GET') && request.endsWith('/issues')) return [];
  if (request.startsWith('POST') && request.endsWith('/issues')) {
    return { number: 1, state: 'open', title: 't', body: '', html_url: 'https://example.com/1', user: null };
  }
  return ended;
}

describe.skipIf(!hasParts)('the examples that apply on push', () => {
  it('apply.yml applies with the real terraform and pushes the state', async () => {
    const state = await setUp({ key: KEY });
    const applying = await openExample(state, 'apply.yml', 'apply', { files: MODULE });
    expect((await applying.run()).log).toContain('1 added, 0 changed, 0 destroyed');
    expect((await applying.end()).post.exitCode).toBe(0);
    expect(parseState(await state.object()).resources.map(({ name }) => name)).toEqual(['word']);
    expect(await state.lockInfo()).toBeUndefined();
  });

  const forAccounts = readFileSync(join(import.meta.dirname, '../../examples/multi-account/main.tf'), 'utf8');
  const ofWorkspace = {
    files: { 'infra/main.tf': forAccounts },
    matrix: { workspace: 'production' },
    inputs: { allowed_account_ids: ACCOUNT_ID },
  };
  const location = { key: 'myapp/terraform.tfstate', workspace: 'production' };
  it.each([
    { example: 'oidc.yml', at: { key: KEY }, options: { files: MODULE } },
    { example: 'multi-account.yml', at: location, options: ofWorkspace },
    { example: 'instance-profile.yml', at: location, options: ofWorkspace },
  ])('$example holds its state from its step to post', async ({ example, at, options }) => {
    const state = await setUp(at);
    const applying = await openExample(state, example, 'apply', options);
    const main = await applying.run('terraform init');
    expect({ code: main.exitCode, log: main.log }).toMatchObject({ code: 0 });
    expect(await state.lockInfo()).toContain(main.outputs.lock_id);
    expect((await applying.end()).post.exitCode).toBe(0);
    expect(await state.lockInfo()).toBeUndefined();
  });
});

describe.skipIf(!hasParts)('a lock that apply.yml holds', () => {
  it("is kept by locks.yml and unlock.yml while its run works, and freed once that has ended or by its id; the issue has a laptop's lock", async () => {
    const state = await setUp({ key: KEY });
    const lockId = await holdByApply(state);
    const held = (await state.lockInfo()) ?? '';
    const { table, bucket } = state.fixture;
    await putItem(state.clients, table, `${bucket}/laptop.tfstate`, { Info: lockInfo() });
    const fake = await startGitHub();
    const { github } = fake;
    const locks = () => runAll(state, 'locks.yml', 'locks', { github });
    const unlock = (lock_id: string) =>
      runAll(state, 'unlock.yml', 'unlock', { github, dispatch: { lock_id } });
    const listed = (await locks()).outputs;
    expect(listed.freed_count).toBe('0');
    expect(listed.locks).toContain('"verdict":"alive"');
    expect(fake.created).toContain('laptop.tfstate');
    expect((await unlock('')).outputs).toMatchObject({ released: 'false', reason_code: 'not_stale' });
    expect(await state.lockInfo()).toBe(held);
    fake.hasEnded = true;
    expect((await locks()).outputs).toMatchObject({ freed_count: '1' });
    expect(await state.lockInfo()).toBeUndefined();
    fake.hasEnded = false;
    await putItem(state.clients, table, state.lockId, { Info: held });
    expect((await unlock(lockId)).outputs).toMatchObject({ released: 'true' });
    expect(await state.lockInfo()).toBeUndefined();
  });
});

describe.skipIf(!hasParts || process.platform !== 'linux')('pull-request.yml', () => {
  it('publishes the outputs of a workspace, and shows them in the pull request with what differs', async () => {
    const state = await setUp({ key: KEY });
    const { bucket } = state.fixture;
    const objectKey = `env:/staging/${KEY}`;
    await putObject(
      state.clients,
      bucket,
      objectKey,
      stateWith({ api_url: text('https://staging.example') }),
    );
    const matrix = { workspace: 'staging' };
    const publishing = await openExample(state, 'pull-request.yml', 'publish', { matrix });
    expect(await publishing.run()).toMatchObject({ exitCode: 0 });
    expect((await publishing.end()).post.exitCode).toBe(0);
    const published = String(await readObject(state.clients, bucket, `${objectKey}.outputs.json`));
    expect(published).toContain('https://staging.example');
    const ofProduction = published.replace('staging', 'production');
    await putObject(state.clients, bucket, `env:/production/${KEY}.outputs.json`, ofProduction);

    const fake = await startGitHubComments();
    onTestFinished(() => fake.stop());
    const shown = await runAll(state, 'pull-request.yml', 'outputs', {
      github: { event_name: 'pull_request', api_url: fake.url },
      event: { pull_request: { number: 7 } },
      programs: { curl: 'echo "$@"' },
    });
    expect(shown.log).toContain('https://staging.example/health');
    const [comment] = fake.comments.get(`${REPOSITORY}#7`) ?? [];
    expect(comment?.body).toContain('https://production.example');
  });
});
