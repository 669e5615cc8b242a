/** Something that the demo did not show as it should. */
export class Surprise extends Error {
  override readonly name = 'Surprise';
}

/** Throws a Surprise unless it is so. */
export function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new Surprise(`expected: ${what}`);
}

/** A line of its own above what it is about. */
export function heading(text: string): void {
  console.log(`\n\n━━ ${text} ${'━'.repeat(Math.max(3, 96 - text.length))}`);
}

export function say(text: string): void {
  console.log(`\n${text}`);
}

/** What a step printed, in a frame; groups as the runner's page shows them when they are open. */
export function frame(title: string, text: string): void {
  const lines = text.trim().split('\n');
  let indent = '';
  const shown = lines.flatMap((line) => {
    if (line === '##[endgroup]') indent = '';
    if (line.startsWith('##[group]')) {
      indent = '  ';
      return [`▾ ${line.slice('##[group]'.length)}`];
    }
    return line === '##[endgroup]' ? [] : [`${indent}${line}`];
  });
  console.log(`\n┌ ${title}`);
  for (const line of shown) console.log(`│ ${line}`);
  console.log('└');
}

/** Rows of cells below each other, as wide as they need. */
export function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  console.log();
  for (const row of rows) {
    console.log(
      `  ${row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('   ')
        .trimEnd()}`,
    );
  }
}

/** The summary's HTML as lines of text, as the job's page would show it. */
export function renderedSummary(markdown: string): string {
  const lines = markdown
    .replace(/```mermaid.*?```/s, '    (a chart)')
    .split('\n')
    .flatMap((line) => {
      const [, name, value] = /^<tr><th[^>]*>(.*)<\/th><td>(.*)<\/td><\/tr>$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) return [`  ${name.padEnd(24)} ${plain(value)}`];
      const item = /^<li>(.*)<\/li>$/.exec(line)?.[1];
      if (item !== undefined) return [`    • ${plain(item)}`];
      const folded = /<summary>(.*)<\/summary>/.exec(line)?.[1];
      if (folded !== undefined) return [`  ▾ ${plain(folded)}`];
      return /^<|^$/.test(line) ? [] : [plain(line.replace(/^#+ /, ''))];
    });
  return lines.join('\n');
}

function plain(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
