import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';

const Manifest = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ name: v.string(), license: v.optional(v.string(), 'see its text') }),
);

const LICENCE_FILE = /^licen[cs]e/i;

/** A package, with the text of its licence. */
interface Licence {
  readonly name: string;
  readonly license: string;
  readonly text: string;
}

/**
 * The licences of the packages that these modules are of, each text once with the packages that bring it.
 */
export function renderLicences(modules: Iterable<string>): string {
  const folders = new Set([...modules].flatMap((path) => findPackage(path) ?? []));
  const byText = new Map<string, Licence[]>();
  for (const licence of [...folders].map(readLicence).sort(byName)) {
    byText.set(licence.text, [...(byText.get(licence.text) ?? []), licence]);
  }
  const sections = [...byText].map(([text, licences]) => {
    const names = [...new Set(licences.map(({ name, license }) => `${name} (${license})`))];
    return `${names.join('\n')}\n\n${text}\n`;
  });
  return sections.join(`\n${'-'.repeat(80)}\n\n`);
}

function byName(one: Licence, other: Licence): number {
  return one.name < other.name ? -1 : 1;
}

/** The folder of the package that a module is of; undefined for modules of our own. */
function findPackage(path: string): string | undefined {
  if (!path.includes('node_modules')) return undefined;
  for (let folder = dirname(path); basename(folder) !== 'node_modules'; folder = dirname(folder)) {
    // A package.json within a package that only says how its modules are written names nobody.
    if (v.safeParse(Manifest, read(join(folder, 'package.json'))).success) return folder;
  }
  throw new Error(`${path} is of no package`);
}

function readLicence(folder: string): Licence {
  const { name, license } = v.parse(Manifest, read(join(folder, 'package.json')));
  const file = readdirSync(folder).find((entry) => LICENCE_FILE.test(entry));
  if (file === undefined) return { name, license, text: 'These packages bring no text of their licence.' };
  return { name, license, text: read(join(folder, file)).trim().replaceAll('\r\n', '\n') };
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
