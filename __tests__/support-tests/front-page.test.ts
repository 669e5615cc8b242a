import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainLockLost } from '../../src/messages/lock-lost-text.ts';
import { explainLocked, LockedError } from '../../src/messages/locked-text.ts';
import { makeHolder, NOW, scope } from '../job-state/scopes.ts';
import { readActionMetadata } from '../support/action-metadata.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
/** The code of all messages. */
const MESSAGES = globSync('src/messages/*.ts', { cwd: ROOT })
  .map((file) => readFileSync(join(ROOT, file), 'utf8'))
  .join('\n');
const { inputs } = readActionMetadata(ROOT);

const WRITES = ['not_sent', 'checkpoint_only', 'in_doubt', 'stored'] as const;
const HELD = { reason: 'lock_held', holder: makeHolder(), waitedMs: 0, finding: undefined } as const;
/** Every error about a lock, as its reader sees it. */
const LOCK_ERRORS = [
  ...WRITES.map((write) => explainLockLost(scope, { holder: undefined, write }, NOW)),
  ...[HELD.holder, undefined].map((holder) =>
    explainLocked(new LockedError({ ...HELD, holder }, scope), NOW),
  ),
];

/** The cells of each row of the first table after a heading. */
function readTable(heading: string): string[][] {
  const section = README.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((row) =>
    row
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}

describe('the front page', () => {
  it('quotes errors as they are, in the table for when something goes wrong', () => {
    const quotes = readTable('When something goes wrong').flatMap(
      ([seen = '']) => /^_(.*)_$/.exec(seen)?.[1] ?? [],
    );
    expect(quotes.length).toBeGreaterThan(4);
    const pieces = quotes.flatMap((quote) => quote.split('…')).map((piece) => piece.trim());
    const said = [MESSAGES, ...LOCK_ERRORS].join('\n');
    expect(pieces.filter((piece) => !said.includes(piece))).toEqual([]);
  });

  it('quotes each error about a lock as the reader sees it', () => {
    const quotes = readTable('When something goes wrong').flatMap(
      ([seen = '']) => /^_(.*)_$/.exec(seen)?.[1] ?? [],
    );
    const quoting = (error: string) =>
      quotes.filter((quote) =>
        quote.split('…').every((piece) => error.split('\n')[0]?.includes(piece.trim())),
      );
    expect(LOCK_ERRORS.map((error) => quoting(error).length)).toEqual(LOCK_ERRORS.map(() => 1));
  });

  it('names inputs that exist, with their defaults', () => {
    const rows = readTable("The twelve inputs that you'll use most");
    expect(rows).toHaveLength(12);
    for (const [input = '', value = ''] of rows) {
      const name = input.replaceAll('`', '');
      expect(inputs.has(name), name).toBe(true);
      const given = /^`(.*)`$/.exec(value)?.[1];
      if (given !== undefined) expect(inputs.get(name)?.default, name).toBe(given);
    }
  });

  it('lists every action', () => {
    const listed = readTable('The actions').map(([action = '']) => action.split('/')[2]?.replace('`', ''));
    const folders = globSync('*/action.yml', { cwd: ROOT }).map((file) => dirname(file));
    expect(listed.slice(1).sort()).toEqual(folders.sort());
    const guides = readTable('The actions').map(([, what = '']) => /\]\(docs\/[\w/.#-]+\)/.test(what));
    expect(guides).toEqual(listed.map(() => true));
  });
});
