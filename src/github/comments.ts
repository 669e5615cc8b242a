import * as v from 'valibot';
import { type GitHubApi, understood } from './api.ts';
import { findOurLogin } from './our-login.ts';
import { ROUTES } from './routes.ts';

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
  /** Sent only once, as attempt number `attempt`. Before the next attempt, the comments must be read again. */
  create(body: string, attempt: number): Promise<PullRequestComment>;
  update(id: number, body: string, attempt: number): Promise<PullRequestComment>;
  remove(id: number): Promise<void>;
  /** The login of our token's owner, as far as GitHub says. */
  ourLogin(): Promise<string>;
}

const Comment = v.object({
  id: v.number(),
  body: v.nullish(v.string(), ''),
  user: v.nullable(v.object({ login: v.string() })),
  html_url: v.string(),
});
const PAGE = 100;

/** The comments of pull request `number` of `owner/repo`. */
export function pullRequestComments(
  api: GitHubApi,
  { owner, repo, number }: { readonly owner: string; readonly repo: string; readonly number: number },
): PullRequestComments {
  const repository = { owner, repo };
  return {
    async list() {
      const comments = new Map<number, PullRequestComment>();
      for (let page = 1; ; page += 1) {
        const data = await api.request(ROUTES.listComments, { ...repository, number, page, per_page: PAGE });
        const found = understood(v.array(Comment), data);
        const known = comments.size;
        for (const comment of found) comments.set(comment.id, parseComment(comment));
        // A server without pages returns the same one forever.
        const isLast = found.length < PAGE || comments.size === known;
        if (isLast) return [...comments.values()].sort((a, b) => a.id - b.id);
      }
    },
    create: async (body, attempt) =>
      parseComment(
        understood(
          Comment,
          await api.attempt(ROUTES.createComment, { ...repository, number, body }, attempt),
        ),
      ),
    update: async (id, body, attempt) =>
      parseComment(
        understood(Comment, await api.attempt(ROUTES.updateComment, { ...repository, id, body }, attempt)),
      ),
    remove: async (id) => {
      await api.request(ROUTES.deleteComment, { ...repository, id });
    },
    ourLogin: () => findOurLogin(api),
  };
}

function parseComment({ id, body, user, html_url }: v.InferOutput<typeof Comment>): PullRequestComment {
  return { id, body, author: user?.login ?? '', url: html_url };
}
