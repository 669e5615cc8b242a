import * as v from 'valibot';
import type { Clock } from '../time/clock.ts';
import { type GitHubApi, GitHubError, understood } from './api.ts';
import { isOfNewerRun, runMark, type WritingRun } from './comment-body.ts';
import { findOurLogin } from './our-login.ts';
import type { Repository } from './repository.ts';
import { ROUTES } from './routes.ts';

/** The wanted content of an issue. */
export interface WantedIssue {
  /** Identifies it among all issues; on one line. */
  readonly id: string;
  readonly title: string;
  /** Markdown, in at most this many characters. */
  readonly render: (room: number) => string;
  /** False when there is nothing to report any more: an existing issue is closed, and none is created. */
  readonly isOpen: boolean;
  readonly run: WritingRun;
}

/** What became of it. */
export type IssueOutcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'created' | 'updated' | 'unchanged' | 'closed'; readonly url: string }
  /** A newer run has written it, so it stays. */
  | { readonly kind: 'superseded'; readonly url: string };

/** GitHub's limit on the body of an issue, in characters. */
const LONGEST_BODY = 65_536;
const PAGE = 100;
/** The most pages of our issues that are searched, the most recently updated first. */
const MOST_PAGES = 10;

const Issue = v.object({
  number: v.number(),
  state: v.string(),
  title: v.string(),
  body: v.nullish(v.string(), ''),
  html_url: v.string(),
  user: v.nullable(v.object({ login: v.string() })),
  pull_request: v.optional(v.unknown()),
});

type Issue = v.InferOutput<typeof Issue>;

/**
 * Keeps one issue up to date: creates it, updates it, closes it and reopens it. A marker at the start of its body
 * identifies it, and only among issues of our token's owner: nothing that others write is taken for ours. If two runs
 * created one each, the older stays. Errors: GitHubError.
 */
export async function keepIssue(
  api: GitHubApi,
  repository: Repository,
  wanted: WantedIssue,
  { clock, signal }: { readonly clock: Pick<Clock, 'sleep'>; readonly signal: AbortSignal },
): Promise<IssueOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await keepOnce(api, repository, wanted, attempt);
    } catch (error) {
      // GitHub may have created an issue although it refused for now, so search again.
      if (!(error instanceof GitHubError) || error.againInMs === undefined) throw error;
      await clock.sleep(error.againInMs, signal);
    }
  }
}

async function keepOnce(
  api: GitHubApi,
  repository: Repository,
  wanted: WantedIssue,
  attempt: number,
): Promise<IssueOutcome> {
  const author = await findOurLogin(api);
  const find = (state: 'open' | 'all') => findOurs(api, repository, { author, state, id: wanted.id });
  // A closed issue is reopened when there is something to report.
  const [oldest, ...duplicates] = await find(wanted.isOpen ? 'all' : 'open');
  if (oldest === undefined) {
    if (!wanted.isOpen) return { kind: 'none' };
    const body = printBody(wanted);
    const data = await api.attempt(ROUTES.createIssue, { ...repository, title: wanted.title, body }, attempt);
    return { kind: 'created', url: understood(Issue, data).html_url };
  }
  if (isOfNewerRun(oldest.body, wanted.run)) return { kind: 'superseded', url: oldest.html_url };
  for (const { number, state } of duplicates) {
    if (state === 'open') await close(api, repository, number, 'not_planned');
  }
  return await update(api, repository, oldest, wanted);
}

async function update(
  api: GitHubApi,
  repository: Repository,
  issue: Issue,
  wanted: WantedIssue,
): Promise<IssueOutcome> {
  const { number, html_url: url } = issue;
  const body = printBody(wanted);
  const { title } = wanted;
  if (!wanted.isOpen) {
    await api.request(ROUTES.updateIssue, { ...repository, number, title, body, ...CLOSED });
    return { kind: 'closed', url };
  }
  const isSame =
    issue.state === 'open' && issue.title === title && withoutMarks(issue.body) === withoutMarks(body);
  if (isSame) return { kind: 'unchanged', url };
  await api.request(ROUTES.updateIssue, { ...repository, number, title, body, state: 'open' });
  return { kind: 'updated', url };
}

const CLOSED = { state: 'closed', state_reason: 'completed' } as const;

async function close(
  api: GitHubApi,
  repository: Repository,
  number: number,
  state_reason: 'not_planned',
): Promise<void> {
  await api.request(ROUTES.updateIssue, { ...repository, number, state: 'closed', state_reason });
}

/** Open ones first, the oldest of them first. */
async function findOurs(
  api: GitHubApi,
  repository: Repository,
  { author, state, id }: { readonly author: string; readonly state: 'open' | 'all'; readonly id: string },
): Promise<Issue[]> {
  const ours = new Map<number, Issue>();
  const seen = new Set<number>();
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query = { state, creator: author, sort: 'updated', direction: 'desc', page, per_page: PAGE };
    const found = understood(
      v.array(Issue),
      await api.request(ROUTES.listIssues, { ...repository, ...query }),
    );
    const known = seen.size;
    for (const issue of found) {
      seen.add(issue.number);
      if (isOurs(issue, author, id)) ours.set(issue.number, issue);
    }
    // A server without pages returns the same one forever.
    if (found.length < PAGE || seen.size === known) break;
  }
  const rank = ({ state: itsState }: Issue) => (itsState === 'open' ? 0 : 1);
  return [...ours.values()].sort((one, other) => rank(one) - rank(other) || one.number - other.number);
}

function isOurs({ user, body, pull_request }: Issue, author: string, id: string): boolean {
  return pull_request === undefined && user?.login === author && body.startsWith(marker(id));
}

/** Without white space or anything that could end an HTML comment. */
function marker(id: string): string {
  return `<!-- terraform-s3-state issue ${encodeURIComponent(id).replaceAll('-', '%2D')} -->`;
}

function printBody({ id, run, render }: WantedIssue): string {
  const head = `${marker(id)}\n${runMark(run)}\n\n`;
  return `${head}${render(LONGEST_BODY - head.length)}`;
}

/** Without the run's mark: the same content from another run is no news. */
function withoutMarks(body: string): string {
  return body
    .replaceAll('\r\n', '\n')
    .replace(/^.*\n.*\n/, '')
    .trimEnd();
}
