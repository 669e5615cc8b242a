import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** The folders of one job on a runner. */
export interface JobFolders {
  readonly root: string;
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
  readonly toolCache: string;
  /** A folder of programs that precede those of this machine. */
  readonly programs: string;
  readonly event: string;
}

/** The identity of a job; each value has a default that reads well in a log. */
export interface JobIdentity {
  readonly runId?: string;
  readonly runAttempt?: string;
  readonly actor?: string;
  readonly repository?: string;
  readonly jobName?: string;
  readonly workflow?: string;
  readonly runnerName?: string;
  /** A machine of GitHub's when left out. */
  readonly runnerEnvironment?: 'self-hosted';
  /** Further values of the `github` context, lower case: `{ api_url: 'http://127.0.0.1:1234' }`. */
  readonly github?: Record<string, string>;
}

const NO_SUDO = "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n";
/** Names the folder that `global-setup.ts` makes for a test run. */
export const COMPILE_CACHE = 'TEST_RUN_COMPILE_CACHE';
const REPO_ROOT = join(import.meta.dirname, '../..');

/** The node 24 binary of the dev dependency, which is the version that `runs.using: node24` executes. */
export function node24(): string {
  const file = join(REPO_ROOT, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(file)) return file;
  if (process.versions.node.startsWith('24.')) return process.execPath;
  throw new Error(
    'no node 24: the dev dependency "node" has no binary, is "npm ci" done with scripts allowed?',
  );
}

/** Makes a fresh workspace, RUNNER_TEMP, HOME and event file under the system's temporary folder. */
export async function createFolders(repository: string): Promise<JobFolders> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'runner-job-')));
  const name = repository.split('/')[1] ?? 'repository';
  const folders = {
    root,
    workspace: join(root, 'work', name, name),
    temp: join(root, 'work', '_temp'),
    home: join(root, 'home'),
    toolCache: join(root, 'tool-cache'),
    programs: join(root, 'programs'),
    event: join(root, 'work', '_temp', '_github_workflow', 'event.json'),
  };
  for (const dir of [
    folders.workspace,
    dirname(folders.event),
    folders.home,
    folders.toolCache,
    folders.programs,
  ]) {
    await mkdir(dir, { recursive: true });
  }
  // No test may change this machine.
  await writeFile(join(folders.programs, 'sudo'), NO_SUDO, { mode: 0o755 });
  await writeFile(folders.event, '{}');
  return folders;
}

/** The `github` context's values that become GITHUB_* (docs/runner.md#environment). */
export function githubContext(identity: JobIdentity, folders: JobFolders): Record<string, string> {
  const repository = identity.repository ?? 'octo-org/infrastructure';
  const actor = identity.actor ?? 'octocat';
  const workflow = identity.workflow ?? 'Deploy';
  const sha = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
  const workflowRef = `${repository}/.github/workflows/deploy.yml@refs/heads/main`;
  return {
    action: '__self',
    action_ref: '',
    action_repository: '',
    actor,
    actor_id: '583231',
    triggering_actor: actor,
    // An address where nothing answers: no test calls the real server.
    api_url: 'http://127.0.0.1:1',
    graphql_url: 'http://127.0.0.1:1/graphql',
    server_url: 'https://github.com',
    event_name: 'push',
    event_path: folders.event,
    base_ref: '',
    head_ref: '',
    ref: 'refs/heads/main',
    ref_name: 'main',
    ref_type: 'branch',
    ref_protected: 'true',
    retention_days: '90',
    sha,
    workspace: folders.workspace,
    repository,
    repository_id: '1296269',
    repository_owner: repository.split('/')[0] ?? '',
    repository_owner_id: '9919',
    job: identity.jobName ?? 'apply',
    workflow,
    workflow_ref: workflowRef,
    workflow_sha: sha,
    run_id: identity.runId ?? '1658821493',
    run_number: '42',
    run_attempt: identity.runAttempt ?? '1',
    ...identity.github,
  };
}

/** RUNNER_* of a job, with a tracking id of its own. */
export function runnerVariables(
  identity: JobIdentity,
  folders: JobFolders,
  debug: boolean,
): Record<string, string> {
  return {
    RUNNER_OS: { win32: 'Windows', darwin: 'macOS' }[String(process.platform)] ?? 'Linux',
    RUNNER_ARCH: { x64: 'X64', arm64: 'ARM64' }[String(process.arch)] ?? process.arch.toUpperCase(),
    RUNNER_NAME: identity.runnerName ?? 'GitHub Actions 12',
    RUNNER_ENVIRONMENT: identity.runnerEnvironment ?? 'github-hosted',
    RUNNER_TEMP: folders.temp,
    RUNNER_TOOL_CACHE: folders.toolCache,
    RUNNER_WORKSPACE: dirname(folders.workspace),
    RUNNER_TRACKING_ID: `github_${randomUUID()}`,
    ...(debug ? { RUNNER_DEBUG: '1' } : {}),
  };
}

/** The machine's part of the environment: a PATH with node 24 first, an empty HOME, nothing of the developer's. */
export function machineVariables(folders: JobFolders): Record<string, string> {
  const windows = ['SystemRoot', 'ComSpec', 'PATHEXT', 'TEMP', 'TMP'].flatMap((name) => {
    const value = process.platform === 'win32' ? process.env[name] : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  const path = [folders.programs, dirname(node24()), process.env.PATH ?? ''].join(delimiter);
  return {
    ...Object.fromEntries(windows),
    ...sharedCompileCache(),
    PATH: path,
    HOME: folders.home,
    USERPROFILE: folders.home,
    LANG: 'C.UTF-8',
  };
}

/**
 * Lets every process of a test run share what Node compiled of `dist/`, which is a third of a short step's work.
 * A step's own cache does nothing then; its test starts Node without this variable.
 */
function sharedCompileCache(): Record<string, string> {
  const folder = process.env[COMPILE_CACHE];
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}
