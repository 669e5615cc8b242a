import { describe, expect, it } from 'vitest';
import { findPullRequest, type PullRequestLookup } from '../../src/github/find-pull-request.ts';

const SHA = 'c0ffee0000000000000000000000000000000000';

/** GitHub's answers to the two queries. */
function lookup(answers: Partial<PullRequestLookup> = {}): PullRequestLookup {
  const never = () => Promise.reject(new Error('no query is expected'));
  return { ofCommit: never, from: never, ...answers };
}
const heads =
  (...numbers: number[]) =>
  async () =>
    numbers.map((number) => ({ number, headSha: SHA }));
const find = (name: string, payload: unknown, answers?: Partial<PullRequestLookup>) =>
  findPullRequest({ name, payload, sha: SHA }, lookup(answers));

describe('the pull request of a run', () => {
  it.each(['pull_request', 'pull_request_target'])('is the one of the event %s', async (name) => {
    expect(await find(name, { pull_request: { number: 7 } })).toEqual({ kind: 'found', number: 7 });
  });

  it('is the one with the comment', async () => {
    const onPull = { issue: { number: 8, pull_request: { url: 'https://x' } } };
    expect(await find('issue_comment', onPull)).toEqual({ kind: 'found', number: 8 });
    expect(await find('issue_comment', { issue: { number: 8 } })).toMatchObject({ kind: 'none' });
  });

  it('is the one that a workflow run names', async () => {
    expect(await find('workflow_run', { workflow_run: run([{ number: 9 }]) })).toEqual({
      kind: 'found',
      number: 9,
    });
  });

  it("of a workflow run is never another repository's that has the same branch as its head", async () => {
    const pulls = [{ number: 3, base: { repo: { id: 2 } } }];
    const payload = { workflow_run: { ...run([]), pull_requests: pulls }, repository: { id: 1 } };
    expect(await find('workflow_run', payload, { from: heads() })).toMatchObject({ kind: 'none' });
    expect(await find('workflow_run', { ...payload, repository: { id: 2 } })).toMatchObject({ number: 3 });
  });

  it("of a workflow run for a fork is found by the fork's branch", async () => {
    const asked: string[] = [];
    const from = async (head: string) => {
      asked.push(head);
      return [
        { number: 10, headSha: SHA },
        { number: 11, headSha: 'another' },
      ];
    };
    expect(await find('workflow_run', { workflow_run: run([]) }, { from })).toEqual({
      kind: 'found',
      number: 10,
    });
    expect(asked).toEqual(['mona:patch-1']);
  });

  it('of a push is the open one whose head it is', async () => {
    expect(await find('push', {}, { ofCommit: heads(12) })).toEqual({ kind: 'found', number: 12 });
    expect(await find('push', {}, { ofCommit: heads() })).toMatchObject({
      kind: 'none',
      reason: { kind: 'no_head' },
    });
    expect(await find('push', {}, { ofCommit: heads(1, 2) })).toMatchObject({
      kind: 'none',
      reason: { kind: 'several_heads', count: 2 },
    });
  });

  it('is none for an event without one', async () => {
    expect(await find('schedule', {})).toEqual({
      kind: 'none',
      reason: { kind: 'other_event', event: 'schedule' },
    });
    expect(await find('workflow_run', { surprise: true })).toMatchObject({ kind: 'none' });
  });
});

function run(pull_requests: { number: number }[]) {
  const head_repository = { owner: { login: 'mona' } };
  return { head_sha: SHA, head_branch: 'patch-1', head_repository, pull_requests };
}
