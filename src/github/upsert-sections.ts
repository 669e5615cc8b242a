import type { Clock } from '../time/clock.ts';
import { commentBody, hasMarker, splitSections } from './comment-body.ts';
import type { PullRequestComment, PullRequestComments } from './comments.ts';

/** A section to write. */
export interface WantedSection {
  readonly id: string;
  /**
   * Renders the content in at most `room` characters. `before` is the content at the start, `now` the current one.
   * Undefined when the current content is newer than ours, and stays.
   */
  readonly render: (before: string | undefined, room: number, now: string | undefined) => string | undefined;
}

export interface UpsertRequest {
  readonly commentId: string;
  /** The comment's title; without one, that of outputs. */
  readonly title?: string;
  readonly sections: readonly WantedSection[];
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
  /** Between 0 and 1. */
  readonly random: () => number;
}

/** What happened to our sections, by id. */
export interface UpsertOutcome {
  readonly written: readonly string[];
  /** Newer ones exist, so they stay. */
  readonly superseded: readonly string[];
  /** The others leave no room for them. */
  readonly full: readonly string[];
  /** Others overwrote them each time. */
  readonly lost: readonly string[];
  readonly url: string | undefined;
}

/** GitHub's limit on a comment, in characters. */
const LONGEST_BODY = 65_536;
// The size of a section without any room: its state, and where the rest is.
const BARE = 400;
// What a large section leaves for those after it, and what the smallest of these may take.
const SPARE = 8_000;
const LEAST = 1_500;
const ROUNDS = 6;
const LOOK_BACK_MS = 1_000;

/**
 * Writes each job's own sections of the shared comment. GitHub has no conditional updates, so two jobs that write at
 * the same time may overwrite one another. Each job therefore reads the comment again once the others' writes have
 * arrived, and writes again if necessary. For the same reason, a write that GitHub refused for now is made again from
 * the current content. Of several comments the oldest stays, with the sections of all. Errors: GitHubError.
 */
export async function upsertSections(
  comments: PullRequestComments,
  request: UpsertRequest,
): Promise<UpsertOutcome> {
  const { commentId, clock, signal, random } = request;
  let login = await comments.ourLogin();
  let found = await listOurs(comments, login, commentId);
  const before = sectionsIn(found);
  for (let round = 1, attempt = 1; ; ) {
    const made = makeBody(request, found, before);
    if (made.ours.size === 0) return outcome(made, found, false);
    const written = await write(comments, found, made.body, attempt);
    login = written.author ?? login;
    await clock.sleep(written.againInMs ?? LOOK_BACK_MS * (1 + random() * round), signal);
    found = await listOurs(comments, login, commentId);
    if (written.againInMs !== undefined) {
      attempt += 1;
      continue;
    }
    attempt = 1;
    const isThere = isOnly(found, made.ours);
    if (isThere || round === ROUNDS) return outcome(made, found, isThere);
    round += 1;
  }
}

/** Whether there is exactly one comment, and it has these sections. */
function isOnly(found: readonly PullRequestComment[], ours: ReadonlyMap<string, string>): boolean {
  const there = sectionsIn(found);
  return found.length === 1 && [...ours].every(([id, content]) => there.get(id) === content);
}

function outcome(
  { ours, superseded, full }: Made,
  found: readonly PullRequestComment[],
  isThere: boolean,
): UpsertOutcome {
  const ids = [...ours.keys()];
  const [written, lost] = isThere ? [ids, []] : [[], ids];
  return { written, superseded, full, lost, url: found[0]?.url };
}

interface Made {
  readonly body: string;
  /** What of it is ours. */
  readonly ours: ReadonlyMap<string, string>;
  readonly superseded: readonly string[];
  readonly full: readonly string[];
}

/** The whole comment with our sections in it, as far as they belong there and fit. */
function makeBody(
  { commentId, title, sections }: UpsertRequest,
  found: readonly PullRequestComment[],
  before: ReadonlyMap<string, string>,
): Made {
  const all = new Map(sectionsIn(found));
  const ours = new Map<string, string>();
  const superseded = [] as string[];
  const full = [] as string[];
  const bodyWith = (id: string, content: string) =>
    printBody({ commentId, title }, new Map(all).set(id, content));
  for (const { id, render } of sections) {
    const content = render(before.get(id), roomIn(bodyWith(id, '').length), all.get(id));
    if (content === undefined) superseded.push(id);
    else if (bodyWith(id, content).length > LONGEST_BODY) full.push(id);
    else {
      ours.set(id, content);
      all.set(id, content);
    }
  }
  return { body: printBody({ commentId, title }, all), ours, superseded, full };
}

function printBody(
  { commentId, title }: Pick<UpsertRequest, 'commentId'> & { readonly title: string | undefined },
  sections: ReadonlyMap<string, string>,
): string {
  return commentBody(
    commentId,
    Array.from(sections, ([id, content]) => ({ id, content })),
    title,
  );
}

/** A comment by somebody else is not ours, whatever it says. */
async function listOurs(
  comments: PullRequestComments,
  login: string,
  commentId: string,
): Promise<PullRequestComment[]> {
  const all = await comments.list();
  return all.filter(({ author, body }) => author === login && hasMarker(body, commentId));
}

interface WrittenComment {
  /** The author of the created comment: our token's owner. */
  readonly author: string | undefined;
  /** Nothing was written, and GitHub asks to try again later. */
  readonly againInMs: number | undefined;
}

async function write(
  comments: PullRequestComments,
  [oldest, ...duplicates]: readonly PullRequestComment[],
  body: string,
  attempt: number,
): Promise<WrittenComment> {
  try {
    if (oldest === undefined) {
      const { author } = await comments.create(body, attempt);
      return { author, againInMs: undefined };
    }
    // Somebody may delete the comment, and another job may merge the same duplicates. The second read shows it.
    const isThere =
      oldest.body === body || (await unlessGone(() => comments.update(oldest.id, body, attempt)));
    for (const { id } of isThere ? duplicates : []) await unlessGone(() => comments.remove(id));
    return { author: undefined, againInMs: undefined };
  } catch (error) {
    const isLater = error instanceof Error && 'againInMs' in error && typeof error.againInMs === 'number';
    if (isLater) return { author: undefined, againInMs: Number(error.againInMs) };
    throw error;
  }
}

/** Whether the comment still existed. */
async function unlessGone(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof Error && 'kind' in error && error.kind === 'not_found') return false;
    throw error;
  }
}

/** The sections in all comments. For duplicates, the later comment's counts. */
function sectionsIn(found: readonly PullRequestComment[]): ReadonlyMap<string, string> {
  return new Map(found.flatMap(({ body }) => splitSections(body)).map(({ id, content }) => [id, content]));
}

/** Besides `taken` characters, including our own marks. */
function roomIn(taken: number): number {
  const free = LONGEST_BODY - taken - BARE;
  return Math.max(0, Math.min(free, LEAST), free - SPARE);
}
