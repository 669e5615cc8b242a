import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ACTIONS, ENDING_STEPS, listCodes, REASON_CODES } from '../../scripts/reference/reason-codes.ts';
import { GATE_REASONS } from '../../src/backend/state-error.ts';
import { BACKEND_INPUTS } from '../../src/inputs/backend-block/arguments.ts';
import { findRestriction } from '../../src/inputs/backend-block/trust.ts';
import { GATE_DEFAULTS } from '../../src/inputs/gate-inputs.ts';
import { VERSION } from '../../src/job-state/version.ts';
import { CHECK_NAMES } from '../../src/messages/doctor-checks.ts';
import { readActionMetadata } from '../support/action-metadata.ts';
import { createJob } from '../support/runner.ts';
import { filesBelow } from '../support/runner-checks.ts';

const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');
const action = readActionMetadata(ROOT);
const inputs = [...action.inputs.keys()].sort();

/** Only actions that look at all states have it. */
const OF_ALL_STATES = 'key_prefix';

it('every folder with an action.yml is an action in pages and code', () => {
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const found = folders.map(({ name }) => name).filter((name) => existsSync(join(ROOT, name, 'action.yml')));
  expect(['hold', ...found].sort()).toEqual([...ACTIONS].sort());
});

describe.each(ACTIONS)('%s: action.yml, page and code', (name) => {
  const metadata = readActionMetadata(name === 'hold' ? ROOT : join(ROOT, name));
  const declared = [...metadata.inputs.keys()].sort();
  const folder = `src/steps/${name === 'hold' ? 'main' : name}`;
  const page = `docs/reference/${name}.md`;

  it('the page has each input and each output, and no other', () => {
    expect(namesInTable(page, 'Inputs').sort()).toEqual(declared);
    expect(namesInTable(page, 'Outputs').sort()).toEqual([...metadata.outputs].sort());
  });

  it('the code sets each declared output, and no other', async () => {
    expect((await listOutputsSetBy(folder)).sort()).toEqual([...metadata.outputs].sort());
  });

  it('the code reads each declared input, and its own code reads no other', () => {
    const read = inputsReadBy(folder);
    expect(declared.filter((input) => !read.includes(input))).toEqual([]);
    // A shared reader may also read what only other actions declare.
    expect(inputsReadBelow(folder).filter((input) => !declared.includes(input))).toEqual([]);
  });

  it('has each input that the refusal of an argument in the repository names', () => {
    const named = BACKEND_INPUTS.filter((name) => findRestriction(name) !== undefined && !name.includes('.'));
    expect(named.filter((input) => !declared.includes(input))).toEqual([]);
  });
});

describe('hold: action.yml, page and code', () => {
  it('all code but that of other actions reads each declared input, and no other', () => {
    const others = ACTIONS.filter((name) => name !== 'hold').map((name) => `src/steps/${name}`);
    const read = inputsReadBelow('src', others).filter((name) => name !== OF_ALL_STATES);
    expect(read.sort()).toEqual(inputs);
  });

  it('inputs that a backend block may set have no default in action.yml, since that would override the block', () => {
    const names = [...action.inputs].flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [name],
    );
    expect(names.filter((name) => BACKEND_INPUTS.includes(name))).toEqual([]);
  });

  it('no default is a secret or costs a request', () => {
    const defaults = [...action.inputs].flatMap(([name, input]) =>
      input.default === undefined || name in GATE_DEFAULTS ? [] : [[name, input.default]],
    );
    expect(Object.fromEntries(defaults)).toEqual({
      lock_timeout: '0s',
      publish: 'none',
      trust_repository: 'false',
      publish_outputs: 'false',
      snapshot: 'auto',
      push: 'changed',
      plan: 'none',
      plan_ttl: '7d',
      allow_other_commit: 'false',
      session_tags: 'true',
      lock: 'hold',
      pull: 'true',
      checkpoint_interval: '20s',
      session_policy: 'minimal',
      stale_lock: 'report',
      stale_after: '15m',
      github_token: expect.stringContaining('github.token'),
    });
  });

  it('the default of a gate is the value with which the code has no condition', () => {
    const defaults = Object.keys(GATE_DEFAULTS).map((name) => [name, action.inputs.get(name)?.default]);
    expect(Object.fromEntries(defaults)).toEqual(GATE_DEFAULTS);
  });

  it('the page of plans has each gate and each reason of a gate', () => {
    const rows = section('docs/plans.md', 'Gates').matchAll(/^\| `(\w+).*`(\w+)` \|$/gm);
    const found = [...rows];
    expect(found.map(([, input]) => input).sort()).toEqual(Object.keys(GATE_DEFAULTS).sort());
    expect(found.map(([, , reason]) => reason).sort()).toEqual(Object.keys(GATE_REASONS).sort());
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

describe('the reason codes', () => {
  it('are the sections of the guide', () => {
    expect(explained().sort()).toEqual(Object.keys(REASON_CODES).sort());
  });

  const pages = ENDING_STEPS.map(
    (step) => [step === 'main' || step === 'post' ? 'hold' : step, step] as const,
  );

  it.each(pages)('on the page of %s are exactly those that %s can end with', (page, step) => {
    const tables = section(`docs/reference/${page}.md`, 'Reason codes').split(/^The output|^Post has/m);
    const links = [...(tables[step === 'post' ? 2 : 1] ?? '').matchAll(/^\| \[`(\w+)`\]/gm)];
    expect(links.map(([, code]) => code)).toEqual(listCodes(step));
  });

  it('each belong to a step', () => {
    expect(Object.entries(REASON_CODES).filter(([, steps]) => steps.length === 0)).toEqual([]);
  });
});

describe('doctor: page and code', () => {
  it('the page has each check, and no other', () => {
    expect(namesInTable('docs/doctor.md', 'Checks of doctor')).toEqual([...CHECK_NAMES]);
  });
});

/** The inputs that decide what an action changes, with their defaults: undefined leaves the decision to the user. */
const DECISIONS = {
  unlock: { lock_id: undefined, only_if_stale: 'false', force: 'false' },
  doctor: { use: 'hold' },
  check: { plan: undefined, fingerprint: undefined },
  freeze: { command: undefined, until: undefined, lock_timeout: '0s' },
  workspaces: { command: undefined, force: 'false', lock_timeout: '0s' },
  history: { command: undefined, limit: '20', lock_timeout: '0s' },
  locks: { free: 'none', publish: 'none', key_prefix: undefined },
  migrate: { command: undefined, quiet_for: '7d', depth: 'full' },
} as const;

it.each(Object.entries(DECISIONS))('the defaults of %s leave the decision to the user', (name, defaults) => {
  const { inputs } = readActionMetadata(join(ROOT, name));
  const found = Object.keys(defaults).map((input) => [input, inputs.get(input)?.default]);
  expect(found).toEqual(Object.entries(defaults));
});

describe('dist', () => {
  it('has one bundle, lazy chunks beside it, and entries of a few lines', () => {
    const others = ACTIONS.filter((name) => name !== 'hold').map((name) => [
      name,
      readActionMetadata(join(ROOT, name)).main,
    ]);
    const entries = Object.fromEntries([['main', action.main], ['post', action.post], ...others]);
    const own = ['checkpointer', ...Object.keys(entries)].map((entry) => `${entry}.js`);
    const files = ['index.js', 'compile-cache.js', 'licenses.txt', 'package.json', ...own];
    const found = readdirSync(DIST).filter((name) => !/^\d+\.index\.js$/.test(name));
    expect(found.sort()).toEqual(files.sort());
    for (const [entry, file] of Object.entries(entries)) {
      expect(file).toBe(join(DIST, `${entry}.js`));
    }
    for (const entry of ['checkpointer', ...Object.keys(entries)]) {
      const lines = readFileSync(join(DIST, `${entry}.js`), 'utf8').split('\n');
      expect(lines.slice(-2)).toEqual([`await ${entry}();`, '']);
    }
    expect(JSON.parse(readFileSync(join(DIST, 'package.json'), 'utf8'))).toEqual({ type: 'module' });
  });

  it('stays small apart from licences, since every job downloads it', () => {
    const code = filesBelow(DIST).filter(({ path }) => !path.endsWith('licenses.txt'));
    const bytes = code.reduce((sum, { content }) => sum + content.length, 0);
    expect(bytes).toBeLessThan(2.8e6);
  });

  it('loads S3’s part of the SDK, GitHub’s client, proxies and rare credential providers only when they are used', () => {
    const code = readFileSync(join(DIST, 'index.js'), 'utf8');
    const contains = (name: string) => code.includes(`// node_modules/${name}/`);
    expect(contains('@aws-sdk/client-dynamodb')).toBe(true);
    const later = [
      '@aws-sdk/client-s3',
      '@octokit/core',
      '@actions/http-client',
      'undici',
      '@aws-sdk/credential-provider-process',
      '@aws-sdk/credential-provider-sso',
      '@aws-sdk/nested-clients',
    ];
    expect(later.filter(contains)).toEqual([]);
  });

  it('loads the code of one step only when that step runs', () => {
    expect(readFileSync(join(DIST, 'index.js'), 'utf8')).not.toMatch(/^\/\/ lib\/steps\//m);
  });

  it('runs without node_modules and sources', async () => {
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

/** The text of all sources of a folder, without those of some folders below it. */
function sources(folder: string, without: readonly string[] = []): string {
  const left = without.map((name) => join(ROOT, name, '/'));
  const files = filesBelow(join(ROOT, folder)).filter(
    ({ path }) => path.endsWith('.ts') && !left.some((name) => path.startsWith(name)),
  );
  return files.map(({ content }) => content.toString('utf8')).join('\n');
}

/** The names in the one list `NAME_OUTPUTS` that the code of a step exports. */
async function listOutputsSetBy(folder: string): Promise<string[]> {
  const lists: string[] = [];
  for (const { path, content } of filesBelow(join(ROOT, folder))) {
    const [, list] = /^export const ([A-Z]+_OUTPUTS) = /m.exec(content.toString('utf8')) ?? [];
    if (list === undefined) continue;
    const module: Record<string, unknown> = await import(path);
    const names = module[list];
    if (Array.isArray(names)) lists.push(...names.map(String));
  }
  return lists;
}

/** The inputs that the code of a step asks for, through whatever readers in `src/inputs` it imports. */
function inputsReadBy(folder: string): string[] {
  const waiting = filesBelow(join(ROOT, folder)).map(({ path }) => path);
  const seen = new Set(waiting);
  const read = new Set<string>();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = readFileSync(path, 'utf8');
    for (const name of findInputs(text)) read.add(name);
    for (const [, imported = ''] of text.matchAll(/^(?:import|export|\}) (?!type ).*from '(\..+)';$/gm)) {
      const file = join(dirname(path), imported);
      if (!file.startsWith(join(ROOT, 'src/inputs/')) || seen.has(file)) continue;
      seen.add(file);
      waiting.push(file);
    }
  }
  return [...read];
}

/** The inputs that the code of a folder asks for. */
function inputsReadBelow(folder: string, without: readonly string[] = []): string[] {
  return findInputs(sources(folder, without));
}

function findInputs(text: string): string[] {
  const read = text.matchAll(
    /(?:reader\.(?:text|gate|boolean|integer|duration|choice)\(|read(?:Command|Endpoint|Gate|InputOrVariable|KeyList|Lines|List|Map|Name|ObjectTags|Policy|PolicyArns|RoleArns|StateLines|Switch|SwitchGate|UniqueList|VersionReference)\(\s*reader,\s*)'(\w+)'/g,
  );
  return [...new Set([...read].map(([, name = '']) => name))];
}

/** The text below one heading of a page, up to the next one of that level. */
function section(page: string, title: string): string {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
}

/** The names in the first column of a section's tables. */
function namesInTable(page: string, title: string): string[] {
  const rows = section(page, title)
    .split('\n')
    .filter((line) => /^\| (?:<a id="\w+"><\/a>)?`/.test(line));
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  );
}

/** The reason codes that have a section of their own in the guide. */
function explained(): string[] {
  const text = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');
  return [...text.matchAll(/^### (\w+)$/gm)].map(([, code = '']) => code);
}
