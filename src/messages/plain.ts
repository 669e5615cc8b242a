import { showControls } from '../text/show-controls.ts';

/** Other people's text on one line: what a terminal or page would act upon is shown as an escape, not sent there. */
export function plain(text: string): string {
  return showControls(text, '');
}

/** The same, of a text longer than `most` characters the beginning. */
export function excerpt(text: string, most: number): string {
  return text.length <= most ? plain(text) : `${plain(text.slice(0, most))}...`;
}
