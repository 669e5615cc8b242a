import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HOLD_OUTPUTS } from '../../src/action/hold/hand-over.ts';
import { UNLOCK_OUTPUTS } from '../../src/action/unlock/tell-unlock.ts';
import { VERSION } from '../../src/version.ts';
import { readActionMetadata } from '../support/action-metadata.ts';
import { createJob } from '../support/runner.ts';
import { filesBelow } from '../support/runner-checks.ts';

const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');
const action = readActionMetadata(ROOT);
const inputs = [...action.inputs.keys()].sort();
const unlock = readActionMetadata(join(ROOT, 'unlock'));

describe('action.yml, README and code', () => {
  it('the README has each input, and no other', () => {
    const alias = 'force_path_style';
    expect(new Set([...namesInTable('Inputs')])).toEqual(new Set(inputs.filter((name) => name !== alias)));
    expect(section('Inputs')).toContain(`\`${alias}\``);
  });

  it('the README has each output, and no other', () => {
    expect(namesInTable('Outputs').sort()).toEqual([...action.outputs].sort());
  });

  it('the code reads each declared input, and no other', () => {
    const ofUnlock = inputsReadBelow('src/action/unlock');
    const read = inputsReadBelow('src').filter((name) => !ofUnlock.includes(name));
    expect(read.sort()).toEqual(inputs);
  });

  it('the code sets each declared output, and no other', () => {
    expect([...HOLD_OUTPUTS].sort()).toEqual([...action.outputs].sort());
  });

  it("defaults in action.yml are Terraform's, and no default is a secret or costs a request", () => {
    const defaults = [...action.inputs].flatMap(([name, input]) =>
      input.default === undefined ? [] : [[name, input.default]],
    );
    expect(Object.fromEntries(defaults)).toEqual({
      ...{ workspace_key_prefix: 'env:', encrypt: 'false', max_retries: '5', lock_timeout: '0s' },
      ...{ skip_credentials_validation: 'false', skip_region_validation: 'false', push: 'changed' },
    });
  });

  it('old names carry a deprecation message', () => {
    for (const name of ['lock_table', 'skip_get_ec2_platforms']) {
      expect(action.inputs.get(name)?.deprecationMessage).toContain(name);
    }
  });

  it('the version is the same in the code, in package.json and in the built action', () => {
    expect(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version).toBe(VERSION);
    expect(readFileSync(join(DIST, 'index.js'), 'utf8')).toMatch(new RegExp(`["']${VERSION}["']`));
  });
});

describe('unlock/action.yml, README and code', () => {
  const names = [...unlock.inputs.keys()];

  it('the README has each input and each output, and no other', () => {
    expect(namesInTable('Inputs of unlock').sort()).toEqual([...names].sort());
    expect(namesInTable('Outputs of unlock').sort()).toEqual([...unlock.outputs].sort());
    expect([...UNLOCK_OUTPUTS].sort()).toEqual([...unlock.outputs].sort());
  });

  it('the README has each reason code of its own', () => {
    const source = sources('src/action/unlock');
    const codes = [...source.matchAll(/readonly code: '(\w+)'/g)].map(([, code = '']) => code);
    expect(codes.length).toBeGreaterThan(0);
    expect(namesInTable('Reason codes of unlock').sort()).toEqual(codes.sort());
  });

  it("the inputs are its own and the main action's, with the same defaults and old names", () => {
    const own = inputsReadBelow('src/action/unlock');
    expect(names.filter((name) => !inputs.includes(name)).sort()).toEqual(own.sort());
    for (const [name, input] of unlock.inputs) {
      if (!own.includes(name)) expect({ name, ...input }).toEqual({ name, ...action.inputs.get(name) });
    }
  });

  it('its defaults decide nothing', () => {
    const defaults = inputsReadBelow('src/action/unlock').map((name) => [
      name,
      unlock.inputs.get(name)?.default,
    ]);
    expect(Object.fromEntries(defaults)).toEqual({
      ...{ lock_id: undefined, only_if_stale: 'false', force: 'false', stale_after: '5m' },
      github_token: expect.stringContaining('github.token'),
    });
  });
});

describe('dist', () => {
  it('has one bundle with one copy of the SDK, and entries of two lines', () => {
    const files = ['index.js', 'licenses.txt', 'main.js', 'package.json', 'post.js', 'unlock.js'];
    expect(readdirSync(DIST).sort()).toEqual(files);
    const entries = { main: action.main, post: action.post, unlock: unlock.main };
    for (const [entry, file] of Object.entries(entries)) {
      expect(file).toBe(join(DIST, `${entry}.js`));
      const text = readFileSync(join(DIST, `${entry}.js`), 'utf8');
      expect(text).toBe(`import { ${entry} } from './index.js';\nawait ${entry}();\n`);
    }
    expect(JSON.parse(readFileSync(join(DIST, 'package.json'), 'utf8'))).toEqual({ type: 'module' });
  });

  it('stays near one copy of the SDK: every job downloads it', () => {
    const bytes = filesBelow(DIST).reduce((sum, { content }) => sum + content.length, 0);
    expect(bytes).toBeLessThan(4 * 1024 * 1024);
  });

  it('runs where there is nothing else: no node_modules, no sources', async () => {
    const actionDir = mkdtempSync(join(tmpdir(), 'action-'));
    onTestFinished(() => rmSync(actionDir, { recursive: true }));
    cpSync(DIST, join(actionDir, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'action.yml'), join(actionDir, 'action.yml'));
    const job = await createJob({ actionDir });
    onTestFinished(() => job.dispose());
    const main = await job.run('main');
    expect(main.log).toContain("inputs can't be used; nothing was touched.");
    expect(main.log).toContain('bucket is missing');
    expect((await job.run('post')).exitCode).toBe(0);
  });

  it('names nothing of the machine that built it', () => {
    const text = filesBelow(DIST).map(({ content }) => content.toString('utf8'));
    expect(text.filter((file) => file.includes(ROOT))).toEqual([]);
  });

  it('is committed, not ignored', () => {
    const ignored = () =>
      execFileSync('git', ['check-ignore', 'dist/index.js'], { cwd: ROOT, stdio: 'pipe' });
    expect(ignored).toThrow();
  });
});

function sources(folder: string): string {
  const files = filesBelow(join(ROOT, folder)).filter(({ path }) => path.endsWith('.ts'));
  return files.map(({ content }) => content.toString('utf8')).join('\n');
}

/** The inputs that the code of a folder asks for. */
function inputsReadBelow(folder: string): string[] {
  const read = sources(folder).matchAll(
    /(?:reader\.(?:text|boolean|integer|duration|choice)\(|read(?:Endpoint|Given)\(\s*reader,\s*)'(\w+)'/g,
  );
  return [...new Set([...read].map(([, name = '']) => name))];
}

/** The text below one heading of the README, up to the next one. */
function section(title: string): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  return readme.split(/^##+ /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
}

/** The names in the first column of a section's table. */
function namesInTable(title: string): string[] {
  const rows = section(title)
    .split('\n')
    .filter((line) => /^\| `/.test(line));
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  );
}
