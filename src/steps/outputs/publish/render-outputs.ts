import { DEFAULT_WORKSPACE } from '../../../backend/address.ts';
import { code } from '../../../messages/html.ts';
import { serialText } from '../../../messages/outputs-text.ts';
import type { Change, Changes } from './changes.ts';
import type { PublishedOutput, PublishedState } from './published.ts';
import { isCut, renderValue } from './render-value.ts';

/** The available room, in characters. */
export interface Room {
  /** For the whole text. */
  readonly total: number;
  /** For one value; longer ones are truncated. */
  readonly value: number;
}

export interface Comparison {
  /** What the outputs are compared with, as HTML: `Against ...` or `Since ...`. */
  readonly to: string;
  readonly changes: Changes;
}

export interface RenderedOutputs {
  readonly html: string;
  /** The number of outputs that did not fit. */
  readonly leftOut: number;
  /** The number of shown values that are truncated. */
  readonly cut: number;
}

const MARKS: Readonly<Record<Change, string>> = {
  added: '&nbsp;➕&nbsp;added',
  changed: '&nbsp;✏️&nbsp;changed',
  same: '',
  unknown: '',
};
// The room for the last line.
const RESERVE = 400;
const LISTED = 50;

/**
 * `renderOutputs` with the first of these value limits, largest first, that leaves nothing out, or else with the last.
 * Pure.
 */
export function renderFitting(
  state: PublishedState,
  comparison: Comparison | undefined,
  total: number,
  values: readonly [number, ...number[]],
): RenderedOutputs {
  const [value, next, ...others] = values;
  const rendered = renderOutputs(state, comparison, { total, value });
  if (rendered.leftOut === 0 || next === undefined) return rendered;
  return renderFitting(state, comparison, total, [next, ...others]);
}

/**
 * One state's outputs as HTML: a line that names the state, what changed, and the table. It is one block without blank
 * lines, so it contains no Markdown. Pure.
 */
export function renderOutputs(
  state: PublishedState,
  comparison: Comparison | undefined,
  room: Room,
): RenderedOutputs {
  const top = `<p>${title(state)}</p>`;
  const space = room.total - RESERVE - top.length;
  const changes = changeLines(comparison).filter(({ length }) => length < space);
  const head = [top, ...changes];
  let left = space - changes.join('\n').length - changes.length;
  const rows: string[] = [];
  for (const output of state.outputs) {
    const row = renderRow(output, comparison, room.value);
    left -= row.length + 1;
    if (left < 0) break;
    rows.push(row);
  }
  const table = rows.length === 0 ? [] : ['<table>', HEADINGS, ...rows, '</table>'];
  const none = state.outputs.length === 0 ? ['<p><em>no outputs</em></p>'] : [];
  const shown = state.outputs.slice(0, rows.length);
  return {
    html: [...head, ...table, ...none].join('\n'),
    leftOut: state.outputs.length - rows.length,
    cut: shown.filter(({ value }) => isCut(value, room.value)).length,
  };
}

const HEADINGS = '<tr><th align="left">Output</th><th align="left">Value</th><th align="left">Type</th></tr>';

function title({ address, serial }: PublishedState): string {
  const { bucket, objectKey, workspace } = address;
  const where = workspace === DEFAULT_WORKSPACE ? '' : `, workspace ${code(workspace)}`;
  const which = serialText(serial === undefined ? undefined : String(serial));
  return `${code(`s3://${bucket}/${objectKey}`)}${where}, ${which}`;
}

function changeLines(comparison: Comparison | undefined): string[] {
  if (comparison === undefined) return [];
  const { byName, removed } = comparison.changes;
  const number = (change: Change): number => [...byName.values()].filter((found) => found === change).length;
  const added = number('added');
  const changed = number('changed');
  if (added + changed + removed.length === 0) return [`<p>${comparison.to}: no changes.</p>`];
  const names = removed.slice(0, LISTED).map(code).join(', ');
  const more = removed.length > LISTED ? ` and ${removed.length - LISTED} more` : '';
  const gone = removed.length === 0 ? '' : `: ${names}${more}`;
  return [`<p>${comparison.to}: ${added} added, ${changed} changed, ${removed.length} removed${gone}.</p>`];
}

function renderRow(
  { name, type, value }: PublishedOutput,
  comparison: Comparison | undefined,
  limit: number,
): string {
  const change = comparison?.changes.byName.get(name);
  const mark = change === undefined ? '' : MARKS[change];
  const before = comparison?.changes.before.get(name);
  const was = before === undefined ? '' : `<br>was ${renderValue(before, limit)}`;
  const shown = `${renderValue(value, limit)}${was}`;
  return `<tr><td>${code(name)}${mark}</td><td>${shown}</td><td>${renderType(type)}</td></tr>`;
}

const LONGEST_TYPE = 60;

function renderType(type: string): string {
  if (type.length <= LONGEST_TYPE) return code(type);
  const kind = type.split('(', 1)[0] ?? type;
  return `<details><summary>${code(kind)}</summary>${code(type)}</details>`;
}
