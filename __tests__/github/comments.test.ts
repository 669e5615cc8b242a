import { expect, it } from 'vitest';
import type { GitHubApi } from '../../src/github/api.ts';
import { pullRequestComments } from '../../src/github/comments.ts';

const REPOSITORY = { owner: 'acme', repo: 'infra', number: 7 };

/** An API with this many comments, with pages or without. */
function apiWith(count: number, hasPages: boolean) {
  const all = Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    body: `comment ${i + 1}`,
    user: { login: 'alice' },
    html_url: 'https://github.com/acme/infra/pull/7',
  }));
  let asked = 0;
  const api: GitHubApi = {
    request: async (_route, { page, per_page }) => {
      asked += 1;
      if (asked > 20) throw new Error('asked for ever');
      const from = hasPages ? (Number(page) - 1) * Number(per_page) : 0;
      return all.slice(from, from + Number(per_page));
    },
    attempt: async () => undefined,
    graphql: async () => undefined,
  };
  return { api, asked: () => asked };
}

it.each([
  [0, 1],
  [99, 1],
  [100, 2],
  [250, 3],
])('lists %i comments once each with %i requests', async (count, requests) => {
  const { api, asked } = apiWith(count, true);
  const listed = await pullRequestComments(api, REPOSITORY).list();
  expect(listed.map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  expect(asked()).toBe(requests);
});

it('does not loop forever on a server without paging', async () => {
  const { api, asked } = apiWith(250, false);
  expect(await pullRequestComments(api, REPOSITORY).list()).toHaveLength(100);
  expect(asked()).toBe(2);
});
