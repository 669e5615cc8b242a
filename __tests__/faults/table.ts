import type { TableCell } from './matrix.ts';

/** Columns fit most cells; longer text continues in the next line of the row. */
const WIDTH = 12;
const ROW_WIDTH = 28;

/** The matrix as text: for each step, a table of its calls and the outcome of each fault there. Pure. */
export function renderTable(cells: readonly TableCell[]): string {
  const groups = Map.groupBy(cells, ({ scenario, column }) => `${scenario}${findKind(column)}`);
  const names = [...groups.keys()].sort();
  return ['', ...names.map((name) => renderBlock(name, groups.get(name) ?? []))].join('\n\n');
}

function findKind(column: string): string {
  if (column.startsWith('killed')) return ': killed';
  return column.endsWith(' always') ? ': from then on' : ': at this call';
}

function renderBlock(name: string, cells: readonly TableCell[]): string {
  const columns = [...new Set(cells.map(({ column }) => column))];
  const rows = [...Map.groupBy(cells, ({ call }) => call)];
  const head = wrapRow(
    name,
    columns.map((column) => column.replace(/ (?:once|always)$|^killed /, '')),
  );
  const rule = '-'.repeat(Math.max(...head.map(({ length }) => length)));
  const body = rows.flatMap(([call, own]) =>
    wrapRow(
      call,
      columns.map((column) => own.find((cell) => cell.column === column)?.outcome ?? '-'),
    ),
  );
  return [...head, rule, ...body].join('\n');
}

/** One row of the table in as many lines as its longest cell needs. */
function wrapRow(title: string, texts: readonly string[]): string[] {
  const columns = [wrap(title, ROW_WIDTH), ...texts.map((text) => wrap(text, WIDTH))];
  const height = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((lines, i) => (lines[line] ?? '').padEnd(i === 0 ? ROW_WIDTH : WIDTH))
      .join(' | ')
      .trimEnd(),
  );
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.filter((line, i) => i === 0 || line !== '');
}
