import { plain } from './plain.ts';

/** Other people's text as code in Markdown's HTML, on one line. */
export function code(text: string): string {
  return `<code>${escapeHtml(plain(text))}</code>`;
}

/** Other people's text with its layout. Newlines are escaped, because a blank line ends HTML in Markdown. */
export function block(text: string): string {
  const lines = text
    .split(/\r\n|\r|\n/)
    .map((line) => line.split('\t').map(plain).map(escapeHtml).join('\t'));
  return `<pre>${lines.join('&#10;')}</pre>`;
}

/** A link; the text alone when there is no URL. */
export function link(html: string, url: string | undefined): string {
  return url === undefined ? html : `<a href="${escapeHtml(url)}">${html}</a>`;
}

/** A table of names and values. The values are HTML. */
export function htmlTable(rows: readonly (readonly [name: string, html: string])[]): string {
  const lines = rows.map(([name, value]) => `<tr><th align="left">${name}</th><td>${value}</td></tr>`);
  return `<table>\n${lines.join('\n')}\n</table>`;
}

/** A table with a header row. The cells are HTML. */
export function htmlColumns(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = names.map((name) => `<th align="left">${name}</th>`).join('');
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`);
  return `<table>\n<tr>${head}</tr>\n${lines.join('\n')}\n</table>`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
