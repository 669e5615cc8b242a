/**
 * Copies the shared inputs from the main action.yml into those of the other actions, and writes docs/reference/*.md from all of
 * them. Usage: node scripts/reference.ts [--check]: with it nothing is written, and a file that is not what would be written is
 * an error.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copySharedInputs } from './reference/copy-inputs.ts';
import { readGuideSections, readMeaning } from './reference/guide-sections.ts';
import { ACTIONS, type EndingStep, listCodes } from './reference/reason-codes.ts';
import { type ReasonCodeTable, renderReference } from './reference/render-reference.ts';
import { type OtherAction, readRules } from './reference/shared-inputs.ts';

type Action = (typeof ACTIONS)[number];

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const REPOSITORY = 'OWNER/terraform-s3-state';

const SECTIONS = readGuideSections(read('docs/troubleshooting.md'));
const stale: string[] = [];
for (const name of ACTIONS) {
  const source = name === 'hold' ? 'action.yml' : `${name}/action.yml`;
  const metadata = name === 'hold' ? read(source) : copyInputs(name, source);
  update(source, metadata);
  update(`docs/reference/${name}.md`, renderPage(name, source, metadata));
}
if (stale.length > 0) {
  console.error(`${stale.join(', ')}: not what action.yml says. Run "npm run reference" and commit it.`);
  process.exitCode = 1;
}

function copyInputs(name: OtherAction, source: string): string {
  const files = { source, target: read(source), main: read('action.yml'), doctor: read('doctor/action.yml') };
  try {
    return copySharedInputs(files, readRules(name));
  } catch (error) {
    throw new Error(`${source} can't share the inputs of the main action`, { cause: error });
  }
}

function renderPage(name: Action, source: string, metadata: string): string {
  return renderReference(metadata, {
    title: name === 'hold' ? 'Reference: the main action' : `Reference: ${name}`,
    uses: name === 'hold' ? `${REPOSITORY}@v1` : `${REPOSITORY}/${name}@v1`,
    source,
    reasonCodes: reasonCodeTables(name),
  });
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Writes a file that is generated, or with `--check` notes that it is stale. */
function update(file: string, text: string): void {
  const path = join(ROOT, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  if (process.argv.includes('--check')) {
    stale.push(file);
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function reasonCodeTables(name: Action): ReasonCodeTable[] {
  if (name !== 'hold') return [makeTable(name, 'The output `reason_code` has one of these.')];
  return [
    makeTable('main', 'The output `reason_code` has one of these.'),
    makeTable('post', 'Post has no outputs. The error in its log links to one of these.'),
  ];
}

function makeTable(step: EndingStep, intro: string): ReasonCodeTable {
  return { intro, rows: listCodes(step).map((code) => [code, readMeaning(SECTIONS, code)]) };
}
