import { describe, expect, it, onTestFinished } from 'vitest';
import { connectGitHub, type GitHubApi } from '../../src/github/api.ts';
import { openHeads, setStatus } from '../../src/github/commit-statuses.ts';
import { type FakeStatuses, startGitHubStatuses } from '../support/github-statuses.ts';

const REPOSITORY = { owner: 'acme', repo: 'infra' };
const CONTEXT = 'terraform-s3-state/app';
const STALE = {
  state: 'failure',
  description: 'mallory moved it',
  targetUrl: 'https://github.com/x',
} as const;

async function openGitHub(pulls: number): Promise<{ fake: FakeStatuses; api: GitHubApi }> {
  const fake = await startGitHubStatuses();
  onTestFinished(() => fake.stop());
  for (let number = 1; number <= pulls; number += 1) fake.heads.set(number, `c0ffee${number}`);
  const clock = { now: () => 0, sleep: async () => undefined };
  const signal = new AbortController().signal;
  const api = await connectGitHub({ apiUrl: fake.url, token: 'ghs_1', signal, clock, random: () => 0 });
  return { fake, api };
}

describe('the statuses of open pull requests', () => {
  it.each([
    [1, 1],
    [100, 1],
    [101, 2],
    [250, 3],
  ])('take %i heads with %i requests', async (pulls, requests) => {
    const { fake, api } = await openGitHub(pulls);
    fake.statuses.set('c0ffee1', [
      { context: CONTEXT, state: 'success', description: 'old', target_url: undefined },
      { context: CONTEXT, state: 'failure', description: 'new', target_url: 'https://x' },
      { context: 'other', state: 'success', description: 'other', target_url: undefined },
    ]);
    const heads = await openHeads(api, REPOSITORY, CONTEXT);
    expect(heads.map(({ number, sha }) => [number, sha])).toEqual([...fake.heads]);
    const [first, ...others] = await Promise.all(heads.map((head) => head.status()));
    expect(first).toEqual({ state: 'failure', description: 'new', targetUrl: 'https://x' });
    expect(others.every((status) => status === undefined)).toBe(true);
    expect(fake.requests).toHaveLength(requests);
  });

  it('are listed by page and one by one if GraphQL is missing or refused', async () => {
    const { fake, api } = await openGitHub(150);
    fake.refuse = (request) =>
      request.includes('graphql')
        ? { status: 403, message: 'Resource not accessible by integration' }
        : undefined;
    await setStatus(api, REPOSITORY, { sha: 'c0ffee1', context: CONTEXT }, STALE);
    const heads = await openHeads(api, REPOSITORY, CONTEXT);
    expect(heads.map(({ number, sha }) => [number, sha])).toEqual([...fake.heads]);
    expect(await heads[0]?.status()).toEqual(STALE);
    expect(await heads[1]?.status()).toBeUndefined();
    // One status set, the failed query, two pages, two reads.
    expect(fake.requests).toHaveLength(6);
  });

  it('are set with or without a link', async () => {
    const { fake, api } = await openGitHub(1);
    await setStatus(api, REPOSITORY, { sha: 'c0ffee1', context: CONTEXT }, STALE);
    await setStatus(api, REPOSITORY, { sha: 'c0ffee1', context: CONTEXT }, { ...STALE, targetUrl: '' });
    const { state, description } = STALE;
    expect(fake.statuses.get('c0ffee1')).toEqual([
      { context: CONTEXT, state, description, target_url: STALE.targetUrl },
      { context: CONTEXT, state, description, target_url: undefined },
    ]);
  });
});
