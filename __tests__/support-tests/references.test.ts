import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { object, parse, record, string } from 'valibot';
import { describe, expect, it } from 'vitest';

const Package = object({ scripts: record(string(), string()) });

const ROOT = resolve(import.meta.dirname, '../..');
const SELF = '__tests__/support-tests/references.test.ts';

const FILES = execFileSync('git', ['ls-files', '*.ts', '*.md', '*.yml', '*.json'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && file !== SELF && !file.startsWith('dist/'))
  .filter((file) => existsSync(join(ROOT, file)));

/** GitHub's rule for the anchor of a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function anchorsIn(file: string): Set<string> {
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchor(heading));
  const explicit = [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id);
  return new Set([...headings, ...explicit]);
}

interface Reference {
  readonly from: string;
  readonly to: string;
}

/** `docs/page.md#section` in code and text, from the root of the repository. */
function mentions(file: string, text: string): Reference[] {
  const found = text.matchAll(/(?<![\w/.])(docs\/[\w/-]+\.md(?:#[\w-]+)?|README\.md#[\w-]+)/g);
  return [...found].map(([, to = '']) => ({ from: file, to }));
}

/** Links of a Markdown page, from the page's own folder. */
function links(file: string, text: string): Reference[] {
  const found = text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g);
  return [...found].map(([, to = '']) => {
    const [path = '', section] = to.split('#');
    const target = path === '' ? file : join(dirname(file), path);
    return { from: file, to: section === undefined ? target : `${target}#${section}` };
  });
}

function isBroken({ to }: Reference): boolean {
  const [path = '', section] = to.split('#');
  if (!existsSync(join(ROOT, path))) return true;
  return section !== undefined && path.endsWith('.md') && !anchorsIn(path).has(section);
}

const TEXTS = FILES.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));

describe('references', () => {
  it('lead to a page and a section that exist', () => {
    const references = TEXTS.flatMap(({ file, text }) => [
      ...mentions(file, text),
      ...(file.endsWith('.md') ? links(file, text) : []),
    ]);
    expect(references.length).toBeGreaterThan(50);
    expect(references.filter(isBroken).map(({ from, to }) => `${from}: ${to}`)).toEqual([]);
  });

  it('in backticks name files that exist, and what is in them', () => {
    const pages = TEXTS.filter(({ file }) => file.endsWith('.md') && file !== 'CHANGELOG.md');
    const path = /`((?:src|scripts|__tests__)\/[\w./-]+\.ts)`/;
    const named = pages.flatMap(({ file, text }) =>
      [...text.matchAll(new RegExp(path, 'g'))].map(([, to = '']) => ({ from: file, to })),
    );
    expect(named.length).toBeGreaterThan(30);
    // NAME stands for an action that somebody adds.
    expect(named.filter((reference) => !reference.to.includes('NAME') && isBroken(reference))).toEqual([]);
    const inFiles = pages.flatMap(({ text }) => [
      ...text.matchAll(new RegExp(`\`(\\w+)\` in ${path.source}`, 'g')),
    ]);
    const wrong = inFiles.filter(
      ([, name = '', to = '']) => !new RegExp(`\\b${name}\\b`).test(readFileSync(join(ROOT, to), 'utf8')),
    );
    expect(inFiles.length).toBeGreaterThan(3);
    expect(wrong.map(([words]) => words)).toEqual([]);
  });

  it('to `npm run` scripts name scripts that exist', () => {
    const { scripts } = parse(Package, JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
    const wrong = TEXTS.flatMap(({ file, text }) => {
      const named = [...text.matchAll(/\bnpm run (?:--silent )?([a-z][\w:-]*[\w])/g)];
      return named.map(([, script = '']) => ({ file, script }));
    }).filter(({ script }) => scripts[script] === undefined);
    expect(wrong).toEqual([]);
  });

  it('never point to documents outside the repository', () => {
    const outside = /\((?:spec|design|issue) \d|\bspec \d+\.\d|runner (?:contract|spec) E|\bissue \d+, \d/;
    const lines = TEXTS.filter(({ file }) => file.endsWith('.ts')).flatMap(({ file, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (outside.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
    );
    expect(lines).toEqual([]);
  });
});
