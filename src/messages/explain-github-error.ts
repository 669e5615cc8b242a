import type { GitHubError } from '../github/api.ts';
import { plain } from './plain.ts';

/** The words for a call to GitHub that failed for good. Pure. */
export function explainGitHubError({ problem }: GitHubError): string {
  switch (problem.kind) {
    case 'answer':
      return `GitHub answers ${problem.status}: ${plain(problem.detail)}`;
    case 'no_answer':
      return `GitHub could not be reached (${plain(problem.detail)})`;
    case 'not_understood':
      return 'GitHub gave an unusable answer';
  }
}
