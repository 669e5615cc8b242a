import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freezeFields } from '../../../src/backend/records/freeze.ts';
import type { LockHolder } from '../../../src/backend/records/lock-info.ts';
import { connectGitHub } from '../../../src/github/api.ts';
import { actionsRunner } from '../../../src/runner/runner.ts';
import { createWaitComment } from '../../../src/steps/main/wait-comment.ts';
import { makeHolder, NOW, scope } from '../../job-state/scopes.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { startGitHubComments } from '../../support/github-comments.ts';

const PULL = 'acme/infra#7';
const THEIR_RUN = 'https://github.com/acme/infra/actions/runs/77/attempts/1';
const OUR_RUN = 'https://github.com/acme/infra/actions/runs/123/attempts/1';
const laptop = makeHolder();
const run = makeHolder({ id: 'other', who: 'octocat@runner-1', info: `acme/infra, ${THEIR_RUN}` });
const frozen = makeHolder(
  freezeFields({
    until: NOW + 3_600_000,
    reason: 'release <b>week</b>',
    by: 'bob@acme/infra',
    runUrl: THEIR_RUN,
  }),
);

/** The comment of run 123 for pull request 7. */
async function open({ runId = '123', payload = { pull_request: { number: 7 } } as object } = {}) {
  const github = await startGitHubComments();
  const folder = await mkdtemp(join(tmpdir(), 'event-'));
  onTestFinished(async () => {
    await github.stop();
    await rm(folder, { recursive: true });
  });
  const event = join(folder, 'event.json');
  await writeFile(event, JSON.stringify(payload));
  const notices: string[] = [];
  const cancel = new AbortController();
  const clock = createFakeClock({ startEpochMs: NOW, autoAdvance: true });
  const comment = createWaitComment(
    {
      env: {
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_REPOSITORY: 'acme/infra',
        GITHUB_RUN_ID: runId,
        GITHUB_EVENT_NAME: 'pull_request',
        GITHUB_EVENT_PATH: event,
      },
      runner: { ...actionsRunner, notice: (text: string) => void notices.push(text) },
      clock,
      random: () => 0,
      signal: cancel.signal,
      connectGitHub,
    },
    scope,
    { pullRequest: undefined, apiUrl: github.url, token: 'ghs_token' },
  );
  /** Looks at this holder's lock each second for that many seconds, from `from` seconds after the wait began. */
  const look = async (holder: LockHolder, from: number, seconds: number) => {
    for (let second = from; second < from + seconds; second += 1) {
      comment.saw(holder, second * 1_000);
      await clock.sleep(1_000, cancel.signal);
    }
  };
  const bodies = () => (github.comments.get(PULL) ?? []).map(({ body }) => body);
  const posts = () =>
    github.requests.filter((request) => !request.startsWith('GET') && !request.includes('graphql'));
  return { github, comment, look, bodies, posts, notices, cancel };
}

describe('a wait on the pull request', () => {
  it('of a moment causes no comment', async () => {
    const { github, comment, look } = await open();
    await look(laptop, 0, 10);
    await comment.end('held', 9_000);
    expect(github.requests).toEqual([]);
  });

  it('names the holder, their run and the start, and is replaced when the lock is ours', async () => {
    const { comment, look, bodies, posts, github } = await open();
    await look(run, 0, 30);
    await comment.end('held', 30_000);
    const [created = ''] = github.bodies.filter((body) => body.includes('waits for'));
    const text = JSON.parse(created).body;
    expect(text).toContain('### Terraform locks');
    expect(text).toContain(
      `⏳ <a href="${OUR_RUN}">This run</a> waits for the lock of <code>b/k/app.tfstate</code>.`,
    );
    expect(text).toContain('<code>octocat@runner-1 (OperationTypeApply)</code> since 2026-01-02T02:52:05Z');
    expect(text).toContain(`in <a href="${THEIR_RUN}">this run</a>`);
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]).toContain('🔒');
    expect(bodies()[0]).toContain('after 30s');
    expect(bodies()[0]).not.toContain('waits for');
    expect(posts()).toHaveLength(2);
  });

  it('updates the holder at most once a minute, to keep requests in a queue few', async () => {
    const { comment, look, posts, bodies } = await open();
    for (let round = 0; round < 20; round += 1) await look(round % 2 === 0 ? run : laptop, round * 15, 15);
    await comment.end('gave_up', 300_000);
    expect(posts().length).toBeLessThanOrEqual(7);
    expect(bodies()[0]).toContain(
      'did not get the lock of <code>b/k/app.tfstate</code>: it gave up after 5m',
    );
  });

  it('under a freeze is reported as soon as the job waits, whatever its reason says', async () => {
    const { comment, github } = await open();
    comment.saw(frozen, 0);
    expect(github.requests).toEqual([]);
    comment.waiting(frozen, undefined);
    await comment.end('held', 1);
    const text = github.bodies.join('');
    expect(text).toContain('release &lt;b&gt;week&lt;/b&gt;');
    expect(text).not.toContain('<b>');
  });

  it("that GitHub doesn't let us report causes one notice and nothing else", async () => {
    const { comment, look, notices, github } = await open();
    github.refuse = (request) =>
      request.startsWith('POST /repos')
        ? { status: 403, message: 'Resource not accessible by integration' }
        : undefined;
    await look(run, 0, 20);
    await comment.end('held', 20_000);
    expect(notices).toEqual([expect.stringContaining('it needs pull-requests: write')]);
  });

  it('of a run without a pull request causes a notice', async () => {
    const { comment, notices, bodies } = await open({ payload: {} });
    comment.saw(run, 60_000);
    await comment.end('held', 60_000);
    expect(notices).toEqual([expect.stringContaining('pull request')]);
    expect(bodies()).toEqual([]);
  });

  it('of a cancelled job is replaced, too, although its signal ends all other calls', async () => {
    const { comment, look, bodies, cancel } = await open();
    await look(run, 0, 15);
    await new Promise<void>((resolve) => setImmediate(resolve));
    cancel.abort(new Error('cancelled'));
    await comment.end('gave_up', 15_000);
    for (const body of bodies()) expect(body).not.toContain('waits for');
  });

  it('of an older run does not replace what a newer one wrote', async () => {
    const { comment, github, bodies } = await open({ runId: '99' });
    const newer = await open();
    newer.comment.saw(run, 60_000);
    await newer.comment.end('held', 60_000);
    github.comments.set(PULL, newer.github.comments.get(PULL) ?? []);
    comment.saw(run, 60_000);
    await comment.end('gave_up', 60_000);
    expect(bodies()[0]).toContain('runs/123');
  });
});
