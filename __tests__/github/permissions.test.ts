import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROUTES, type Route } from '../../src/github/routes.ts';
import { readActionMetadata } from '../support/action-metadata.ts';

/**
 * The permission of each request, as GitHub documents it in "Permissions required for GitHub Apps". A comment on a pull
 * request takes that of issues or of pull requests; undefined: none.
 */
const PERMISSIONS: Readonly<Record<Route, string | undefined>> = {
  [ROUTES.getUser]: undefined,
  [ROUTES.getRunAttempt]: 'actions: read',
  [ROUTES.listJobsOfAttempt]: 'actions: read',
  [ROUTES.listPullRequests]: 'pull-requests: read',
  [ROUTES.getPullRequest]: 'pull-requests: read',
  [ROUTES.listPullRequestsOfCommit]: 'pull-requests: read',
  [ROUTES.compareCommits]: 'contents: read',
  [ROUTES.getCombinedStatus]: 'statuses: read',
  [ROUTES.createStatus]: 'statuses: write',
  [ROUTES.listIssues]: 'issues: read',
  [ROUTES.createIssue]: 'issues: write',
  [ROUTES.updateIssue]: 'issues: write',
  [ROUTES.listComments]: 'pull-requests: read',
  [ROUTES.createComment]: 'pull-requests: write',
  [ROUTES.updateComment]: 'pull-requests: write',
  [ROUTES.deleteComment]: 'pull-requests: write',
};

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/least-privilege.md'), 'utf8');
const SECTION = PAGE.split('## What `github_token` needs')[1]?.split('\n## ')[0] ?? '';
/** The folder of an action, and that of its code where it has another name. */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['.', 'main'],
  ...globSync('*/action.yml', { cwd: ROOT }).map((file): [string, string] => [dirname(file), dirname(file)]),
]);

/** The files that a file runs: imports of types alone are left out. */
function listImports(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/import (?!type )([^;']*?)from '(\.[^']+)'|import\('(\.[^']+)'\)/g);
  return [...found].flatMap(([, names = '', path, lazy]) => {
    const onlyTypes = /^\{(\s*type \w+,?)+\s*\}\s*$/.test(names);
    return onlyTypes ? [] : [resolve(dirname(file), path ?? lazy ?? '')];
  });
}

/** All files that the code of an action runs. The lookup of runs is handed to it, for its staleness checks. */
function reach(folder: string): Set<string> {
  const seen = new Set<string>();
  const open = globSync(`src/steps/${folder}/**/*.ts`, { cwd: ROOT }).map((file) => join(ROOT, file));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file) || file.endsWith('src/job-state/dependencies.ts')) continue;
    seen.add(file);
    open.push(...listImports(file));
    if (relative(ROOT, file).startsWith('src/staleness/')) open.push(join(ROOT, 'src/github/run-status.ts'));
  }
  return seen;
}

/** The permissions of all requests that an action may make; `write` includes `read`. */
function findPermissions(folder: string): string[] {
  const files = [...reach(folder)].filter((file) => basename(dirname(file)) === 'github');
  const code = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  const used = Object.entries(ROUTES).filter(([name]) => new RegExp(`ROUTES\\.${name}\\b`).test(code));
  const needed = new Set(used.flatMap(([, route]) => PERMISSIONS[route] ?? []));
  return [...needed].filter((one) => !needed.has(one.replace(': read', ': write')) || !one.endsWith('read'));
}

function documentedPermissions(action: string): string[] {
  const name = action === '.' ? 'the main action' : `\`${action}/\``;
  const rows = SECTION.split('\n').filter((line) => line.startsWith(`| ${name} |`));
  return rows.flatMap((row) =>
    Array.from(row.matchAll(/`([\w-]+: (?:read|write))`/g), ([, one = '']) => one),
  );
}

describe('docs/least-privilege.md names the permissions of github_token', () => {
  it.each([...ACTIONS])('of %s, exactly those of its requests', (action, folder) => {
    const needed = findPermissions(folder).sort();
    expect(documentedPermissions(action).sort()).toEqual(needed);
    expect(readActionMetadata(join(ROOT, action)).inputs.has('github_token')).toBe(needed.length > 0);
  });

  it('of each request', () => {
    const rows = Array.from(SECTION.matchAll(/^\| `([A-Z]+ \/\S+)` \| (?:`(.*)`|none) \|$/gm));
    const documented = rows.map(([, route, permission]) => [route, permission]);
    expect(documented).toEqual(Object.values(ROUTES).map((route) => [route, PERMISSIONS[route]]));
  });
});
