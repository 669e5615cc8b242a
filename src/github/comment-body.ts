/**
 * The body of the one comment that several jobs share: a marker that tells it from others, and a section for each
 * state. Every job replaces its own section and leaves the rest alone. All text between the marks is escaped HTML, so none
 * of it can be taken for a mark.
 */
export interface Section {
  /** Of the state: `bucket/key`, as its lock's. */
  readonly id: string;
  readonly content: string;
}

const BEGIN = 'terraform-s3-state section';
// Not over the beginning of another one: a person may have cut the end away.
const INSIDE = `(?:(?!<!-- ${BEGIN} )[\\s\\S])*?`;
const SECTION = new RegExp(`<!-- ${BEGIN} (\\S+) -->\\n(${INSIDE})\\n<!-- end of section -->`, 'g');

/** What tells the comment with this id from all others. */
export function commentMarker(commentId: string): string {
  return `<!-- terraform-s3-state comment ${encode(commentId)} -->`;
}

/** Whether a comment has the marker where we write it: at its very beginning. */
export function hasMarker(body: string, commentId: string): boolean {
  return body.startsWith(commentMarker(commentId));
}

/** The sections of a body, in their order; also of one that was edited in a browser, which writes other line ends. */
export function splitSections(body: string): Section[] {
  return Array.from(body.replaceAll('\r\n', '\n').matchAll(SECTION), ([, id = '', content = '']) => ({
    id: decode(id),
    content,
  }));
}

/** A body with these sections; of two of one state the last one counts. They are in the order of their states. */
export function commentBody(
  commentId: string,
  sections: readonly Section[],
  title = 'Terraform outputs',
): string {
  const byId = new Map(sections.map(({ id, content }) => [id, content]));
  const parts = [...byId]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, content]) => `<!-- ${BEGIN} ${encode(id)} -->\n${content}\n<!-- end of section -->`);
  return [commentMarker(commentId), `### ${title}`, ...parts].join('\n\n');
}

/** No white space, and nothing that could end an HTML comment. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('-', '%2D');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The run that wrote a section. Empty ids: outside of GitHub Actions. */
export interface WritingRun {
  readonly runId: string;
  readonly runAttempt: string;
}

const RUN = /^<!-- run (\d+) (\d+) -->$/m;

/** A line of a section that says which run wrote it. Pure. */
export function runMark({ runId, runAttempt }: WritingRun): string {
  return `<!-- run ${runId || 0} ${runAttempt || 1} -->`;
}

/** Whether a section comes from a newer run than this one, or a later attempt. Pure. */
export function isOfNewerRun(content: string, { runId, runAttempt }: WritingRun): boolean {
  const [, run = '0', attempt = '0'] = RUN.exec(content) ?? [];
  const theirs = BigInt(run);
  const ours = BigInt(runId || 0);
  return theirs === ours ? Number(attempt) > Number(runAttempt || 1) : theirs > ours;
}
