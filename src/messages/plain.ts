import { showControls } from '../text/show-controls.ts';

/** Other people's text on one line. Characters that a terminal or a page would interpret are shown as escapes. */
export function plain(text: string): string {
  return showControls(text, '');
}

/** The same, but only the beginning of a text that is longer than `most` characters. */
export function excerpt(text: string, most: number): string {
  return text.length <= most ? plain(text) : `${plain(text.slice(0, most))}...`;
}

/** The beginning of a commit's id, as long as GitHub shows it. Pure. */
export function shortCommit(sha: string): string {
  return plain(sha.slice(0, 7));
}
