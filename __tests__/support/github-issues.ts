import type { ConnectGitHub, GitHubApi } from '../../src/github/api.ts';
import { GitHubError } from '../../src/github/api.ts';

/** An issue as GitHub stores it. */
export interface FakeIssue {
  readonly number: number;
  title: string;
  body: string;
  state: string;
  readonly author: string;
  readonly isPullRequest?: boolean;
}

/** The issues of one repository, and the requests that were made. */
export interface FakeIssues {
  readonly issues: FakeIssue[];
  readonly requests: string[];
  readonly api: GitHubApi;
  readonly connect: ConnectGitHub;
  /** An error that replaces a route's answer. */
  refuse: (route: string) => GitHubError | undefined;
}

export const BOT = 'github-actions[bot]';

/** GitHub's answer to a token without permission. */
export function forbidden(): GitHubError {
  const problem = { kind: 'answer', status: 403, detail: 'Resource not accessible by integration' } as const;
  return new GitHubError('forbidden', problem, undefined, undefined);
}

/** A repository whose issues are kept in memory, under the rules of GitHub's API that matter here. */
export function fakeIssues(): FakeIssues {
  const fake: FakeIssues = {
    issues: [],
    requests: [],
    refuse: () => undefined,
    api: {
      request: async (route, parameters) => answer(fake, route, parameters),
      attempt: async (route, parameters) => answer(fake, route, parameters),
      graphql: async () => ({ viewer: { login: BOT } }),
    },
    connect: async () => fake.api,
  };
  return fake;
}

function answer(fake: FakeIssues, route: string, parameters: Readonly<Record<string, unknown>>): unknown {
  fake.requests.push(route.split(' ')[0] ?? '');
  const refusal = fake.refuse(route);
  if (refusal !== undefined) throw refusal;
  if (route.startsWith('GET')) return list(fake, parameters);
  const text = (name: string): string | undefined =>
    typeof parameters[name] === 'string' ? parameters[name] : undefined;
  if ((text('body') ?? '').length > 65_536) throw new Error('body is too long');
  if (route.startsWith('POST')) {
    const issue = {
      number: fake.issues.length + 1,
      title: text('title') ?? '',
      body: text('body') ?? '',
      state: 'open',
      author: BOT,
    };
    fake.issues.push(issue);
    return asJson(issue);
  }
  const issue = fake.issues.find(({ number }) => number === parameters.number);
  if (issue === undefined) throw new Error('no such issue');
  issue.title = text('title') ?? issue.title;
  issue.body = text('body') ?? issue.body;
  issue.state = text('state') ?? issue.state;
  return asJson(issue);
}

function list({ issues }: FakeIssues, { state, page, per_page }: Readonly<Record<string, unknown>>): unknown {
  const size = Number(per_page);
  const from = (Number(page) - 1) * size;
  const found = issues.filter((issue) => state === 'all' || issue.state === state).toReversed();
  return found.slice(from, from + size).map(asJson);
}

function asJson({ number, title, body, state, author, isPullRequest }: FakeIssue) {
  const url = `https://github.com/acme/infra/issues/${number}`;
  const pull = isPullRequest === true ? { pull_request: {} } : {};
  return { number, title, body, state, html_url: url, user: { login: author }, ...pull };
}
