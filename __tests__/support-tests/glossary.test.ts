import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** The list below `## Not in names` of the glossary. */
function readUnwantedWords(): Set<string> {
  const glossary = readFileSync(join(ROOT, 'docs/glossary.md'), 'utf8');
  const list = glossary.split('## Not in names')[1] ?? '';
  return new Set([...list.matchAll(/`([a-z]+)`/g)].map(([, word = '']) => word));
}

/** `['read', 'lock']` of `readLock` and of `READ_LOCK`. */
function splitName(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split('_');
}

/** The names that a file declares, with the number of the line. */
function findNames(text: string): { readonly name: string; readonly line: number }[] {
  const declarations = /\b(?:function\*?|const|let|class|interface|type|readonly) +([A-Za-z]\w*)/g;
  return text.split('\n').flatMap((code, index) => {
    if (/^\s*(?:\/\*\*|\*|\/\/)/.test(code)) return [];
    return [...code.matchAll(declarations)].map(([, name = '']) => ({ name, line: index + 1 }));
  });
}

/** A function's name is a verb: `findOwner`, not `ownerOf`. */
function isUnwanted(name: string, unwanted: ReadonlySet<string>): boolean {
  return /^[a-z]\w*Of$/.test(name) || splitName(name).some((word) => unwanted.has(word));
}

it("names use the glossary's words", () => {
  const unwanted = readUnwantedWords();
  expect(unwanted.size).toBeGreaterThan(10);
  const files = globSync('{src,__tests__,scripts}/**/*.ts', { cwd: ROOT });
  expect(files.length).toBeGreaterThan(500);
  const found = files.flatMap((file) =>
    findNames(readFileSync(join(ROOT, file), 'utf8'))
      .filter(({ name }) => isUnwanted(name, unwanted))
      .map(({ name, line }) => `${file}:${line}: ${name}`),
  );
  expect(found).toEqual([]);
});
