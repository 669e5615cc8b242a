import * as v from 'valibot';
import { type GitHubApi, GitHubError, understood } from './api.ts';

/** A comment on a pull request. */
export interface PullRequestComment {
  readonly id: number;
  readonly body: string;
  /** Login of its author. */
  readonly author: string;
  readonly url: string;
}

/** The comments of one pull request. Errors of all calls: GitHubError. */
export interface PullRequestComments {
  /** All of them, oldest first. */
  list(): Promise<PullRequestComment[]>;
  create(body: string): Promise<PullRequestComment>;
  update(id: number, body: string): Promise<PullRequestComment>;
  remove(id: number): Promise<void>;
  /** Login of the owner of our token. */
  ourLogin(): Promise<string>;
}

const Comment = v.object({
  id: v.number(),
  body: v.nullish(v.string(), ''),
  user: v.nullable(v.object({ login: v.string() })),
  html_url: v.string(),
});
const Viewer = v.object({ viewer: v.object({ login: v.string() }) });
const PAGE = 100;
// The owner of a job's own token, which is told nothing else of itself.
const ACTIONS_BOT = 'github-actions[bot]';

/** The comments of pull request `number` of `owner/repo`. */
export function pullRequestComments(
  api: GitHubApi,
  { owner, repo, number }: { readonly owner: string; readonly repo: string; readonly number: number },
): PullRequestComments {
  const place = { owner, repo };
  const one = '/repos/{owner}/{repo}/issues/comments/{id}';
  const all = '/repos/{owner}/{repo}/issues/{number}/comments';
  return {
    async list() {
      const comments: PullRequestComment[] = [];
      for (let page = 1; ; page += 1) {
        const data = await api.request(`GET ${all}`, { ...place, number, page, per_page: PAGE });
        const found = understood(v.array(Comment), data);
        comments.push(...found.map(commentOf));
        if (found.length < PAGE) return comments.sort((a, b) => a.id - b.id);
      }
    },
    create: async (body) =>
      commentOf(understood(Comment, await api.request(`POST ${all}`, { ...place, number, body }))),
    update: async (id, body) =>
      commentOf(understood(Comment, await api.request(`PATCH ${one}`, { ...place, id, body }))),
    remove: async (id) => {
      await api.request(`DELETE ${one}`, { ...place, id });
    },
    async ourLogin() {
      try {
        return understood(Viewer, await api.graphql('query { viewer { login } }')).viewer.login;
      } catch (error) {
        if (error instanceof GitHubError && error.kind !== 'unavailable') return ACTIONS_BOT;
        throw error;
      }
    },
  };
}

function commentOf({ id, body, user, html_url }: v.InferOutput<typeof Comment>): PullRequestComment {
  return { id, body, author: user?.login ?? '', url: html_url };
}
