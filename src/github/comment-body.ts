/**
 * The body of the one comment that several jobs share: a marker that identifies it, and a section for each state. Every
 * job replaces its own section and leaves the rest alone. All text between the marks is escaped HTML, so none of it can
 * be mistaken for a mark.
 */
export interface Section {
  /** Of the state: `bucket/key`, like its lock path. */
  readonly id: string;
  readonly content: string;
}

const BEGIN = 'terraform-s3-state section';
// Does not extend into another section, because a person may have removed the end mark.
const INSIDE = `(?:(?!<!-- ${BEGIN} )[\\s\\S])*?`;
const SECTION = new RegExp(`<!-- ${BEGIN} (\\S+) -->\\n(${INSIDE})\\n<!-- end of section -->`, 'g');

/** Identifies the comment with this id. */
export function commentMarker(commentId: string): string {
  return `<!-- terraform-s3-state comment ${encode(commentId)} -->`;
}

/** Whether a comment has the marker where we write it: at the very beginning. */
export function hasMarker(body: string, commentId: string): boolean {
  return body.startsWith(commentMarker(commentId));
}

/** The sections of a body, in their order; also after an edit in a browser, which writes other line ends. */
export function splitSections(body: string): Section[] {
  return Array.from(body.replaceAll('\r\n', '\n').matchAll(SECTION), ([, id = '', content = '']) => ({
    id: decode(id),
    content,
  }));
}

/** A body with these sections, sorted by state. The last of two sections of one state counts. */
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

/** Without white space or anything that could end an HTML comment. */
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

/** The run that wrote a section. The ids are empty outside of GitHub Actions. */
export interface WritingRun {
  readonly runId: string;
  readonly runAttempt: string;
}

const RUN = /^<!-- run (\d+) (\d+) -->$/m;

/** A line of a section that names the run that wrote it. Pure. */
export function runMark({ runId, runAttempt }: WritingRun): string {
  return `<!-- run ${runId || 0} ${runAttempt || 1} -->`;
}

/** Whether a section is from a newer run than this one, or a later attempt. Pure. */
export function isOfNewerRun(content: string, { runId, runAttempt }: WritingRun): boolean {
  const [, run = '0', attempt = '0'] = RUN.exec(content) ?? [];
  const theirs = BigInt(run);
  const ours = BigInt(runId || 0);
  return theirs === ours ? Number(attempt) > Number(runAttempt || 1) : theirs > ours;
}
