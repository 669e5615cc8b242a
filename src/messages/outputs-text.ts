import { escapeHtml } from './html.ts';

/** The note below a table on the job's page that could not list all outputs. */
export function leftOutNote(count: number): string {
  return `<p><em>${count} more did not fit here.</em></p>`;
}

/** The note in a comment whose outputs the next run can't compare with. */
export const NOT_REMEMBERED_NOTE =
  '<p><em>There are too many to store here, so the next run will not show what changed.</em></p>';

/** The note in a comment that could not show everything. `page`: of the run; empty outside of GitHub. */
export function incompleteNote(leftOut: number, cut: number, page: string): string {
  const summary = page === '' ? 'the job summary' : `<a href="${escapeHtml(page)}">the job summary</a>`;
  const missing = [
    ...(leftOut === 0 ? [] : [`${leftOut} more ${leftOut === 1 ? 'output' : 'outputs'} did not fit here`]),
    ...(cut === 0 ? [] : [`${cut} ${cut === 1 ? 'value is' : 'values are'} truncated`]),
  ];
  return `<p><em>${missing.join(', ')}: see ${summary}.</em></p>`;
}

/** What a comment's outputs are compared with by default. */
export const SINCE_LAST_COMMENT = 'Since the last version of this comment';

/** The note below a value that is not shown in full. */
export function cutNote(shown: number, length: number): string {
  return `<em>truncated: ${shown} of ${length} characters are shown</em>`;
}

/** Which state the outputs come from. `serial`: undefined when there is none yet. */
export function serialText(serial: string | undefined): string {
  return serial === undefined ? 'no state yet, the defaults are shown' : `serial ${serial}`;
}
