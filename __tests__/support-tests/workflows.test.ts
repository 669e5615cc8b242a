import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { preparedChangelog, releaseNotes, withOwner } from '../../scripts/release/notes.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const OWN_WORKFLOWS = globSync('.github/workflows/*.yml', { cwd: ROOT }).sort();
const TEXTS = [
  ...OWN_WORKFLOWS,
  ...globSync(['examples/*.yml', 'README.md', 'docs/**/*.md'], { cwd: ROOT }).sort(),
];

const OURS = /^[\w-]+\/terraform-s3-state(?:\/\w+)?@v1$/;
const PINNED = /^([\w.-]+\/[\w.-]+(?:\/[\w.-]+)*)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$/;

/** Every action that a text uses, with the rest of its line. */
function usesIn(text: string): string[] {
  return [...text.matchAll(/^ *(?:- )?(?:\{ )?uses: ([^\n{},"]*\S)/gm)].map(([, used = '']) => used);
}

const Workflow = v.object({
  permissions: v.record(v.string(), v.string()),
  jobs: v.record(
    v.string(),
    v.object({
      'timeout-minutes': v.optional(v.number()),
      steps: v.array(
        v.object({
          uses: v.optional(v.string(), ''),
          with: v.optional(v.record(v.string(), v.unknown()), {}),
          run: v.optional(v.string(), ''),
        }),
      ),
    }),
  ),
});

describe('the supply chain', () => {
  it.each(TEXTS)('%s pins third-party actions to a commit, with the version beside it', (file) => {
    const others = usesIn(read(file)).filter((used) => !OURS.test(used) && !used.startsWith('./'));
    for (const used of others) expect(used).toMatch(PINNED);
  });

  it('each action has the same commit and version everywhere', () => {
    const pins = TEXTS.flatMap((file) => usesIn(read(file))).flatMap((used) => PINNED.exec(used) ?? []);
    const versions = new Map<string, Set<string>>();
    for (const used of TEXTS.flatMap((file) => usesIn(read(file)))) {
      const [, path = '', commit = '', version = ''] = PINNED.exec(used) ?? [];
      if (path === '') continue;
      const repository = path.split('/').slice(0, 2).join('/');
      versions.set(repository, (versions.get(repository) ?? new Set()).add(`${commit} ${version}`));
    }
    expect(pins.length).toBeGreaterThan(10);
    expect([...versions].filter(([, found]) => found.size > 1)).toEqual([]);
  });

  it.each([...OWN_WORKFLOWS, ...globSync('examples/*.yml', { cwd: ROOT })])(
    '%s sets the permissions of its token, and leaves none in the checkout',
    (file) => {
      const { jobs } = v.parse(Workflow, parse(read(file)));
      const checkouts = Object.values(jobs)
        .flatMap(({ steps }) => steps)
        .filter(({ uses }) => uses.startsWith('actions/checkout@'));
      expect(checkouts.filter((step) => step.with['persist-credentials'] !== false)).toEqual([]);
    },
  );

  it.each(OWN_WORKFLOWS)('%s runs no text from an event, and limits the time of each job', (file) => {
    const { jobs } = v.parse(Workflow, parse(read(file)));
    for (const job of Object.values(jobs)) {
      expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
      // An expression in a script runs as code whatever its author wrote.
      for (const { run } of job.steps) expect(run).not.toContain('${{');
    }
    expect(read(file)).not.toContain('pull_request_target');
  });

  it('updates come in groups, those of the SDK every week', () => {
    const { updates } = parse(read('.github/dependabot.yml'));
    const [npm, actions] = updates;
    expect(npm).toMatchObject({ 'package-ecosystem': 'npm', schedule: { interval: 'weekly' } });
    expect(npm.groups['aws-sdk'].patterns).toContain('@aws-sdk/*');
    expect(actions).toMatchObject({ 'package-ecosystem': 'github-actions', groups: expect.anything() });
  });

  it("a pull request's dist/ is checked by the script of its base branch, and can be inspected", () => {
    const { jobs } = v.parse(Workflow, parse(read('.github/workflows/ci.yml')));
    const runs = jobs.dist?.steps.map(({ run }) => run) ?? [];
    expect(runs.at(-1)).toBe('node base/scripts/check-dist.ts proposed');
    const refs = jobs.dist?.steps.map((step) => `${step.with.path} ${step.with.ref ?? 'as it is'}`) ?? [];
    expect(refs.slice(0, 2)).toEqual([
      `base $${'{{'} github.event.pull_request.base.sha }}`,
      'proposed as it is',
    ]);
    const attributes = execFileSync('git', ['check-attr', '-a', 'dist/index.js'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(attributes).toContain('linguist-generated: set');
    expect(attributes).not.toContain('diff: unset');
  });
});

describe('a release', () => {
  const CHANGELOG = '# Changes\n\n## 1.2.0\n\n- New.\n\n## 1.1.0\n\n- Old.\n';
  const texts = {
    packageVersion: '1.2.0',
    sourceVersion: '1.2.0',
    changelog: CHANGELOG,
    guides: new Map([['README.md', 'uses: acme/terraform-s3-state@v1']]),
  };

  it('has the notes of its version', () => {
    expect(releaseNotes('v1.2.0', 'acme/terraform-s3-state', texts)).toBe('- New.\n');
  });

  it("is refused when anything doesn't match the tag, with all problems at once", () => {
    const off = {
      packageVersion: '1.1.0',
      sourceVersion: '1.0.0',
      changelog: '# Changes\n\n## Unreleased\n\n- Newer.\n\n## 1.2.0\n\n',
      guides: new Map([['README.md', 'uses: OWNER/terraform-s3-state@v1']]),
    };
    const release = () => releaseNotes('v1.2.0', 'acme/terraform-s3-state', off);
    for (const named of [
      'package.json',
      'src/job-state/version.ts',
      'no section',
      'unreleased',
      'README.md',
    ]) {
      expect(release).toThrow(named);
    }
  });

  it('is prepared by setting the version of the changes and the owner of the action', () => {
    const changelog = '# Changes\n\n## Unreleased\n\n- Newer.\n\n## 1.2.0\n\n- New.\n';
    expect(preparedChangelog(changelog, '1.3.0')).toContain('## 1.3.0\n\n- Newer.');
    expect(() => preparedChangelog(CHANGELOG, '1.3.0')).toThrow('nothing unreleased');
    expect(withOwner('OWNER/terraform-s3-state/outputs@v1', 'acme/tfstate')).toBe('acme/tfstate/outputs@v1');
  });
});
