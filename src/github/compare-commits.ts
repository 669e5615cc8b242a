import * as v from 'valibot';
import { type GitHubApi, understood } from './api.ts';
import type { Repository } from './repository.ts';
import { ROUTES } from './routes.ts';

const Comparison = v.object({ ahead_by: v.pipe(v.number(), v.integer(), v.minValue(0)) });

/**
 * How many commits `code` lacks of what led to `commit`; 0 when it contains `commit`. Sent only once. The token needs
 * `contents: read`. Errors: GitHubError.
 */
export async function countMissingCommits(
  api: GitHubApi,
  repository: Repository,
  { code, commit }: { readonly code: string; readonly commit: string },
): Promise<number> {
  // The count is the same on every page, and the first one also lists files.
  const parameters = { ...repository, basehead: `${code}...${commit}`, per_page: 1, page: 2 };
  return understood(Comparison, await api.attempt(ROUTES.compareCommits, parameters, 1)).ahead_by;
}
