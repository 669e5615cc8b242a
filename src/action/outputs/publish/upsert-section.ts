import type { PullRequestComment, PullRequestComments } from '../../../github/comments.ts';
import { commentBody, hasMarker, type Section, sectionsOf } from './comment-body.ts';

/** The part of the clock that the look back needs: an abortable sleep, in ms. */
export interface UpsertClock {
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface UpsertRequest {
  readonly commentId: string;
  /** Of the section to write. */
  readonly sectionId: string;
  /**
   * Makes the section's content: `before` is what it was when we came, `now` what it is; at most `room` characters. Undefined:
   * what is there now is newer than ours, and stays.
   */
  readonly render: (before: string | undefined, room: number, now: string | undefined) => string | undefined;
  readonly clock: UpsertClock;
  readonly signal: AbortSignal;
  /** Between 0 and 1. */
  readonly random: () => number;
}

/**
 * Where our section is now. `superseded`: a newer one is there, and stays. `lost`: others overwrote it each time. `full`: the
 * other sections leave no room for it.
 */
export interface UpsertOutcome {
  readonly kind: 'written' | 'superseded' | 'lost' | 'full';
  readonly url: string | undefined;
}

/** GitHub's limit on a comment, in characters. */
const LONGEST_BODY = 65_536;
// What the section's own marks take.
const MARKS = 400;
// What a large section leaves to those that come after it, and what the least of these may take.
const SPARE = 8_000;
const LEAST = 1_500;
const ROUNDS = 6;
const LOOK_BACK_MS = 1_000;

/**
 * Writes one section of the comment that several jobs share, each its own. GitHub knows no conditional update, so that two that
 * write at once may overwrite one another: whoever has written looks back once the others' writes have landed, and writes
 * again when it must. Of several comments the oldest stays, with the sections of all. Errors: GitHubError.
 */
export async function upsertSection(
  comments: PullRequestComments,
  request: UpsertRequest,
): Promise<UpsertOutcome> {
  const { sectionId, clock, signal, random } = request;
  const login = await comments.ourLogin();
  let found = await listOurs(comments, login, request.commentId);
  const before = contentIn(found, sectionId);
  for (let round = 1; ; round += 1) {
    const sections = othersIn(found, sectionId);
    const room = roomBeside(request.commentId, sections);
    const content = request.render(before, room, contentIn(found, sectionId));
    if (content === undefined) return { kind: 'superseded', url: found[0]?.url };
    const body = commentBody(request.commentId, [...sections, { id: sectionId, content }]);
    if (body.length > LONGEST_BODY) return { kind: 'full', url: found[0]?.url };
    const url = await write(comments, found, body);
    await clock.sleep(LOOK_BACK_MS * (1 + random() * round), signal);
    found = await listOurs(comments, login, request.commentId);
    if (found.length === 1 && contentIn(found, sectionId) === content) return { kind: 'written', url };
    if (round === ROUNDS) return { kind: 'lost', url };
  }
}

/** A comment that somebody else wrote is not ours, whatever it says. */
async function listOurs(
  comments: PullRequestComments,
  login: string,
  commentId: string,
): Promise<PullRequestComment[]> {
  const all = await comments.list();
  return all.filter(({ author, body }) => author === login && hasMarker(body, commentId));
}

async function write(
  comments: PullRequestComments,
  [oldest, ...duplicates]: readonly PullRequestComment[],
  body: string,
): Promise<string | undefined> {
  if (oldest === undefined) return (await comments.create(body)).url;
  // Somebody may delete the comment, and another job heal the same duplicates: the look back tells.
  const isThere = oldest.body === body || (await unlessGone(() => comments.update(oldest.id, body)));
  if (!isThere) return undefined;
  for (const { id } of duplicates) await unlessGone(() => comments.remove(id));
  return oldest.url;
}

/** Whether the comment was there. */
async function unlessGone(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof Error && 'kind' in error && error.kind === 'not_found') return false;
    throw error;
  }
}

/** The sections of others in all comments; where two have one, the later comment's. */
function othersIn(found: readonly PullRequestComment[], sectionId: string): Section[] {
  const sections = found.flatMap(({ body }) => sectionsOf(body)).filter(({ id }) => id !== sectionId);
  return [...new Map(sections.map((section) => [section.id, section])).values()];
}

function contentIn(found: readonly PullRequestComment[], sectionId: string): string | undefined {
  return found.flatMap(({ body }) => sectionsOf(body)).findLast(({ id }) => id === sectionId)?.content;
}

function roomBeside(commentId: string, sections: readonly Section[]): number {
  const free = LONGEST_BODY - commentBody(commentId, sections).length - MARKS;
  return Math.max(0, Math.min(free, LEAST), free - SPARE);
}
