/**
 * Writes docs/reference/*.md from the action.yml files. Usage: node scripts/reference.ts [--check]: with it nothing is written,
 * and a page that is not what would be written is an error.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readGuideSections, readMeaning } from './reference/guide-sections.ts';
import { ACTIONS, type EndingStep, listCodes } from './reference/reason-codes.ts';
import { type ReasonCodeTable, renderReference } from './reference/render-reference.ts';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const REPOSITORY = 'OWNER/terraform-s3-state';

const SECTIONS = readGuideSections(readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8'));
const stale: string[] = [];
for (const name of ACTIONS) {
  const folder = name === 'hold' ? '' : `${name}/`;
  const source = `${folder}action.yml`;
  const text = renderReference(readFileSync(join(ROOT, source), 'utf8'), {
    title: name === 'hold' ? 'Reference: the main action' : `Reference: ${name}`,
    uses: name === 'hold' ? `${REPOSITORY}@v1` : `${REPOSITORY}/${name}@v1`,
    source,
    reasonCodes: reasonCodeTables(name),
  });
  const path = join(ROOT, 'docs/reference', `${name}.md`);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (process.argv.includes('--check')) {
    stale.push(`docs/reference/${name}.md`);
    continue;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
if (stale.length > 0) {
  console.error(`${stale.join(', ')}: not what action.yml says. Run "npm run reference" and commit it.`);
  process.exitCode = 1;
}

function reasonCodeTables(name: (typeof ACTIONS)[number]): ReasonCodeTable[] {
  if (name !== 'hold') return [makeTable(name, 'The output `reason_code` has one of these.')];
  return [
    makeTable('main', 'The output `reason_code` has one of these.'),
    makeTable('post', 'Post has no outputs. The error in its log links to one of these.'),
  ];
}

function makeTable(step: EndingStep, intro: string): ReasonCodeTable {
  return { intro, rows: listCodes(step).map((code) => [code, readMeaning(SECTIONS, code)]) };
}
