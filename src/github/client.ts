import * as v from 'valibot';
import type { Route } from './routes.ts';

/** How to reach GitHub's API. */
export interface GitHubAccess {
  /** `GITHUB_API_URL`, also for GitHub Enterprise Server. */
  readonly apiUrl: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

export type GitHubParameters = Readonly<Record<string, unknown>>;

export interface GitHubAnswer {
  readonly data: unknown;
  /** GitHub's clock at the answer, in ms since the epoch; NaN when unknown. */
  readonly date: number;
}

/** Sends each request once. Errors of all calls: GitHubRefusal, and the reason of the signal. */
export interface GitHubClient {
  request(route: Route, parameters: GitHubParameters): Promise<GitHubAnswer>;
  /** Resolves with the answer's data. */
  graphql(query: string, variables?: GitHubParameters): Promise<unknown>;
}

/** A request without an answer, or with a refusal. */
export class GitHubRefusal extends Error {
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;

  constructor({ status, message, headers }: RefusalFacts, cause: unknown) {
    super(message, { cause });
    this.name = 'GitHubRefusal';
    this.status = status;
    this.headers = headers;
  }
}

/** The relevant parts of a refusal. */
export type RefusalFacts = Pick<GitHubRefusal, 'status' | 'message' | 'headers'>;

const TIME_FOR_AN_ANSWER_MS = 20_000;

const HttpError = v.object({
  status: v.number(),
  message: v.string(),
  response: v.object({ headers: v.record(v.string(), v.unknown()) }),
});

/** GraphQL refuses with status 200, even for its rate limits. */
const GraphqlError = v.object({
  name: v.literal('GraphqlResponseError'),
  message: v.string(),
  headers: v.record(v.string(), v.unknown()),
});

/** The only client, based on @actions/github. Nothing reaches the network before the first request. */
export async function createGitHubClient({ apiUrl, token, signal }: GitHubAccess): Promise<GitHubClient> {
  // Loaded here, so steps that don't call GitHub start faster.
  const { getOctokit } = await import('@actions/github');
  const octokit = getOctokit(token, { baseUrl: apiUrl });
  return {
    request: (route, parameters) =>
      sendOnce(signal, async (timely) => {
        const answer = await octokit.request(route, { ...parameters, request: { signal: timely } });
        return { data: answer.data, date: Date.parse(answer.headers.date ?? '') };
      }),
    graphql: (query, variables) =>
      sendOnce(signal, (timely) => octokit.graphql(query, { ...variables, request: { signal: timely } })),
  };
}

async function sendOnce<T>(signal: AbortSignal, send: (timely: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await send(AbortSignal.any([signal, AbortSignal.timeout(TIME_FOR_AN_ANSWER_MS)]));
  } catch (error) {
    signal.throwIfAborted();
    throw new GitHubRefusal(readRefusal(error), error);
  }
}

function readRefusal(error: unknown): RefusalFacts {
  const graphql = v.safeParse(GraphqlError, error);
  if (graphql.success) {
    const { message, headers } = graphql.output;
    const why = message.replace(/^.*\n - /, '');
    return { status: /rate limit/i.test(why) ? 429 : 200, message: why, headers };
  }
  const answer = v.safeParse(HttpError, error);
  // Without a response there was no answer. Octokit calls that a 500.
  if (!answer.success) return { status: undefined, message: readMessage(error), headers: {} };
  const { status, message, response } = answer.output;
  return { status, message, headers: response.headers };
}

/** The message of an error. */
export function readMessage(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
