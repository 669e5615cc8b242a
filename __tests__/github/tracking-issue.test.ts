import { describe, expect, it } from 'vitest';
import { GitHubError } from '../../src/github/api.ts';
import { keepIssue, type WantedIssue } from '../../src/github/tracking-issue.ts';
import { BOT, type FakeIssues, fakeIssues, forbidden } from '../support/github-issues.ts';

const REPOSITORY = { owner: 'acme', repo: 'infra' };
const TIME = { clock: { sleep: async () => {} }, signal: new AbortController().signal };

const wanted = (change: Partial<WantedIssue> = {}): WantedIssue => ({
  id: 'locks s3://b/',
  title: 'Locks',
  render: () => 'one lock',
  isOpen: true,
  run: { runId: '10', runAttempt: '1' },
  ...change,
});
const keep = (github: FakeIssues, change: Partial<WantedIssue> = {}) =>
  keepIssue(github.api, REPOSITORY, wanted(change), TIME);

describe('the tracking issue', () => {
  it('is created once, updated on changes, closed when nothing is left, and reopened', async () => {
    const github = fakeIssues();
    expect(await keep(github, { isOpen: false })).toEqual({ kind: 'none' });
    expect(await keep(github)).toMatchObject({ kind: 'created' });
    expect(await keep(github, { run: { runId: '11', runAttempt: '1' } })).toMatchObject({
      kind: 'unchanged',
    });
    expect(await keep(github, { render: () => 'two locks' })).toMatchObject({ kind: 'updated' });
    expect(await keep(github, { isOpen: false, render: () => 'none' })).toMatchObject({ kind: 'closed' });
    expect(await keep(github, { isOpen: false })).toEqual({ kind: 'none' });
    expect(await keep(github)).toMatchObject({ kind: 'updated' });
    expect(github.issues).toMatchObject([{ number: 1, state: 'open', author: BOT }]);
    expect(github.issues[0]?.body).toContain('one lock');
  });

  it('is recognised by its marker, and only among our own issues', async () => {
    const github = fakeIssues();
    await keep(github);
    const [ours] = github.issues;
    const body = ours?.body ?? '';
    github.issues.length = 0;
    github.issues.push({ number: 1, title: 'forged', body, state: 'open', author: 'mallory' });
    github.issues.push({ number: 2, title: 'quoted', body: `> ${body}`, state: 'open', author: BOT });
    github.issues.push({ number: 3, title: 'pull', body, state: 'open', author: BOT, isPullRequest: true });
    expect(await keep(github)).toMatchObject({ kind: 'created' });
    expect(github.issues.map(({ title }) => title)).toEqual(['forged', 'quoted', 'pull', 'Locks']);
  });

  it('is one for each id', async () => {
    const github = fakeIssues();
    await keep(github);
    await keep(github, { id: 'locks s3://b/apps/' });
    expect(github.issues).toHaveLength(2);
  });

  it('is the older of two that runs created at once', async () => {
    const github = fakeIssues();
    await keep(github);
    const twin = { ...github.issues[0], title: 'Locks', body: github.issues[0]?.body ?? '' };
    github.issues.push({ ...twin, number: 2, state: 'open', author: BOT });
    await keep(github, { render: () => 'two locks' });
    expect(github.issues.map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(github.issues[0]?.body).toContain('two locks');
  });

  it('keeps what a newer run wrote', async () => {
    const github = fakeIssues();
    await keep(github, { run: { runId: '12', runAttempt: '1' } });
    expect(await keep(github, { render: () => 'old news' })).toMatchObject({ kind: 'superseded' });
    expect(github.issues[0]?.body).not.toContain('old news');
  });

  it('is searched page by page', async () => {
    const github = fakeIssues();
    await keep(github);
    for (let number = 2; number <= 250; number += 1) {
      github.issues.push({ number, title: '', body: '', state: 'open', author: BOT });
    }
    expect(await keep(github)).toMatchObject({ kind: 'unchanged' });
    expect(github.issues).toHaveLength(250);
  });

  it('is searched again before a retry after a temporary refusal', async () => {
    const github = fakeIssues();
    const problem = { kind: 'answer', status: 502, detail: 'Bad gateway' } as const;
    let isMade = false;
    github.refuse = (route) => {
      if (!route.startsWith('POST') || isMade) return undefined;
      isMade = true;
      return new GitHubError('unavailable', problem, undefined, 1_000);
    };
    expect(await keep(github)).toMatchObject({ kind: 'created' });
    expect(github.requests).toEqual(['GET', 'POST', 'GET', 'POST']);
  });

  it('is an error when the token may not write it', async () => {
    const github = fakeIssues();
    github.refuse = () => forbidden();
    await expect(keep(github)).rejects.toThrow(GitHubError);
  });
});
