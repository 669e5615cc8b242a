/**
 * The requests to GitHub's REST API. docs/least-privilege.md#what-github_token-needs names the permission of each; a test
 * compares them.
 */
export const ROUTES = {
  getUser: 'GET /user',
  getRunAttempt: 'GET /repos/{owner}/{repo}/actions/runs/{runId}/attempts/{number}',
  listJobsOfAttempt: 'GET /repos/{owner}/{repo}/actions/runs/{runId}/attempts/{number}/jobs',
  listPullRequests: 'GET /repos/{owner}/{repo}/pulls',
  getPullRequest: 'GET /repos/{owner}/{repo}/pulls/{number}',
  listPullRequestsOfCommit: 'GET /repos/{owner}/{repo}/commits/{sha}/pulls',
  compareCommits: 'GET /repos/{owner}/{repo}/compare/{basehead}',
  getCombinedStatus: 'GET /repos/{owner}/{repo}/commits/{sha}/status',
  createStatus: 'POST /repos/{owner}/{repo}/statuses/{sha}',
  listIssues: 'GET /repos/{owner}/{repo}/issues',
  createIssue: 'POST /repos/{owner}/{repo}/issues',
  updateIssue: 'PATCH /repos/{owner}/{repo}/issues/{number}',
  listComments: 'GET /repos/{owner}/{repo}/issues/{number}/comments',
  createComment: 'POST /repos/{owner}/{repo}/issues/{number}/comments',
  updateComment: 'PATCH /repos/{owner}/{repo}/issues/comments/{id}',
  deleteComment: 'DELETE /repos/{owner}/{repo}/issues/comments/{id}',
} as const;

/** A request that the actions make. */
export type Route = (typeof ROUTES)[keyof typeof ROUTES];
