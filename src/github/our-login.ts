import * as v from 'valibot';
import { type GitHubApi, GitHubError, understood } from './api.ts';

const User = v.object({ login: v.string() });
const Viewer = v.object({ viewer: User });
// The owner of a job's own token, which is told nothing else of itself.
const ACTIONS_BOT = 'github-actions[bot]';

/** Login of the owner of our token, as far as GitHub tells it. Errors: GitHubError, where it gives no answer. */
export async function findOurLogin(api: GitHubApi): Promise<string> {
  const viewer = await unlessRefused(
    async () => understood(Viewer, await api.graphql('query { viewer { login } }')).viewer.login,
  );
  if (viewer !== undefined) return viewer;
  const user = await unlessRefused(async () => understood(User, await api.request('GET /user', {})).login);
  return user ?? ACTIONS_BOT;
}

/** Undefined where GitHub does not say. */
async function unlessRefused(ask: () => Promise<string>): Promise<string | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof GitHubError && error.kind !== 'unavailable') return undefined;
    throw error;
  }
}
