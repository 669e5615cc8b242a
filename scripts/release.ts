/**
 * Prepares a release in the working tree, and prints the notes of one that is tagged.
 * Usage: node scripts/release.ts prepare VERSION OWNER/NAME
 *        node scripts/release.ts notes TAG OWNER/NAME
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preparedChangelog, releaseNotes, withOwner } from './release/notes.ts';

const ROOT = join(import.meta.dirname, '..');
const GUIDES = [
  'README.md',
  'docs/**/*.md',
  'examples/*.yml',
  'scripts/reference.ts',
  'src/connection/connect-backend.ts',
];
const VERSION = /(VERSION = ')([^']*)/;
const PACKAGE_VERSION = /("version": ")([^"]*)/;

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const write = (file: string, text: string): void => writeFileSync(join(ROOT, file), text);
const guides = (): string[] => globSync(GUIDES, { cwd: ROOT }).sort();

function prepare(version: string, repository: string): void {
  write('CHANGELOG.md', preparedChangelog(read('CHANGELOG.md'), version));
  write('src/job-state/version.ts', read('src/job-state/version.ts').replace(VERSION, `$1${version}`));
  write('package.json', read('package.json').replace(PACKAGE_VERSION, `$1${version}`));
  for (const file of guides()) write(file, withOwner(read(file), repository));
  console.log(
    'Now run npm install --package-lock-only and npm run build, and open a pull request with all of it.',
  );
}

function notes(tag: string, repository: string): void {
  const texts = {
    packageVersion: PACKAGE_VERSION.exec(read('package.json'))?.[2] ?? '',
    sourceVersion: VERSION.exec(read('src/job-state/version.ts'))?.[2] ?? '',
    changelog: read('CHANGELOG.md'),
    guides: new Map(guides().map((file) => [file, read(file)])),
  };
  process.stdout.write(releaseNotes(tag, repository, texts));
}

const [command, what = '', repository = ''] = process.argv.slice(2);
try {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error('give the repository as OWNER/NAME');
  if (command === 'prepare' && /^\d+\.\d+\.\d+$/.test(what)) prepare(what, repository);
  else if (command === 'notes' && /^v\d+\.\d+\.\d+$/.test(what)) notes(what, repository);
  else throw new Error('usage: release.ts prepare VERSION OWNER/NAME, or notes vVERSION OWNER/NAME');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
