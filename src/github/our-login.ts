import * as v from 'valibot';
import { type GitHubApi, GitHubError, understood } from './api.ts';
import { ROUTES } from './routes.ts';

const User = v.object({ login: v.string() });
const Viewer = v.object({ viewer: User });
// The owner of a job's own token, which can't read anything else about itself.
const ACTIONS_BOT = 'github-actions[bot]';

/** The login of our token's owner, as far as GitHub says. Errors: GitHubError when there is no answer. */
export async function findOurLogin(api: GitHubApi): Promise<string> {
  const viewer = await unlessRefused(
    async () => understood(Viewer, await api.graphql('query { viewer { login } }')).viewer.login,
  );
  if (viewer !== undefined) return viewer;
  const user = await unlessRefused(async () => understood(User, await api.request(ROUTES.getUser, {})).login);
  return user ?? ACTIONS_BOT;
}

/** Undefined when GitHub does not say. */
async function unlessRefused(ask: () => Promise<string>): Promise<string | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof GitHubError && error.kind !== 'unavailable') return undefined;
    throw error;
  }
}
