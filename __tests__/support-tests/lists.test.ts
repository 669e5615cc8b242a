import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ACTIONS } from '../../scripts/reference/reason-codes.ts';
import { readActionMetadata } from '../support/action-metadata.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OTHERS = ACTIONS.filter((name) => name !== 'hold');

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The files that a page links to, relative to the repository. */
function linksIn(page: string): string[] {
  const targets = [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
  return targets.map((target) => join(dirname(page), target));
}

/** The first column of the tables of a page that name actions as `name/`. */
function actionsInTable(page: string, heading: string): string[] {
  const [, part = ''] = read(page).split(heading);
  const table = part.slice(0, part.search(/\n\n(?!\|)/));
  return [...table.matchAll(/^\| ([^|]*)\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)\/`/g)].map(([, name = '']) => name),
  );
}

describe('each list of actions has every action', () => {
  it('in the form for bugs', () => {
    const form: { body: { id?: string; attributes: { options?: string[] } }[] } = parse(
      read('.github/ISSUE_TEMPLATE/bug.yml'),
    );
    const options = form.body.find(({ id }) => id === 'action')?.attributes.options ?? [];
    expect(options.map((option) => option.split(' ')[0])).toEqual(ACTIONS);
  });

  it('on the page about what sessions may do', () => {
    expect(actionsInTable('docs/least-privilege.md', '| session of | may |').sort()).toEqual(
      OTHERS.toSorted(),
    );
  });

  it('that calls GitHub, where the same page says what github_token needs', () => {
    const callers = OTHERS.filter((name) => readActionMetadata(join(ROOT, name)).inputs.has('github_token'));
    const listed = actionsInTable('docs/least-privilege.md', '| action | when | permission |');
    expect([...new Set(listed)].sort()).toEqual(callers.toSorted());
  });

  it('where the page about settings says that all have the inputs of the backend block', () => {
    expect(read('docs/settings.md')).toContain(
      'All other actions have `backend_config` and `working_directory` too.',
    );
    for (const name of OTHERS) {
      const { inputs } = readActionMetadata(join(ROOT, name));
      expect([name, inputs.has('backend_config'), inputs.has('working_directory')]).toEqual([
        name,
        true,
        true,
      ]);
    }
  });
});

describe('each list of pages has every page', () => {
  const examples = globSync(['examples/*.yml', 'examples/*/README.md'], { cwd: ROOT });

  it.each(['README.md', 'examples/README.md'])('of the examples, in %s', (page) => {
    const links = linksIn(page);
    expect(examples.filter((example) => !links.includes(example))).toEqual([]);
  });

  it('of docs/, in the README or in CONTRIBUTING', () => {
    const links = [...linksIn('README.md'), ...linksIn('CONTRIBUTING.md')];
    const pages = globSync('docs/*.md', { cwd: ROOT });
    expect(pages.filter((page) => !links.includes(page)).map((page) => basename(page))).toEqual([]);
  });
});
