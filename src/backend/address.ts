import { posix } from 'node:path';
import { compareTexts } from '../text/compare-texts.ts';

/** The four settings that say where a state lives. */
export interface StateLocation {
  readonly bucket: string;
  readonly key: string;
  readonly workspace: string;
  /** `''` means no prefix at all; Terraform's default is `env:`. */
  readonly workspaceKeyPrefix: string;
}

/** The names of everything that belongs to one state (docs/protocol.md#names). */
export interface StateAddress {
  readonly bucket: string;
  readonly workspace: string;
  /** Key of the state object. */
  readonly objectKey: string;
  /** Key of the S3-native lock file (docs/protocol.md#lock-file). */
  readonly lockFileKey: string;
  /** `LockID` of the lock item, also the `Path` inside the lock info. */
  readonly lockPath: string;
  /** `LockID` of the digest item. */
  readonly digestPath: string;
}

/** Where a state and its lock are. */
export interface StateStores {
  readonly address: StateAddress;
  /** Undefined when there is no lock item and no digest, as in Terraform. */
  readonly table: string | undefined;
  /**
   * Terraform's `use_lockfile`: the lock file beside the state, alone or together with the table's item, which is taken
   * second.
   */
  readonly useLockfile: boolean;
}

/** The end of the key of a state's published outputs. */
const PUBLISHED_OUTPUTS = '.outputs.json';

/**
 * The key of the object with the state's published outputs. No client takes it for a workspace, because workspace keys
 * end differently.
 */
export function publishedOutputsKey({ objectKey }: StateAddress): string {
  return `${objectKey}${PUBLISHED_OUTPUTS}`;
}

const PLANS = '.plans/';

/**
 * The folder of the plans for a state, with its trailing slash. No client takes plans for workspaces, see
 * `publishedOutputsKey`.
 */
export function plansFolder({ objectKey }: StateAddress): string {
  return `${objectKey}${PLANS}`;
}

const SNAPSHOTS = '.backup/';

/**
 * The folder of a state's snapshots, with its trailing slash. No client takes them for workspaces, see
 * `publishedOutputsKey`.
 */
export function snapshotsFolder({ objectKey }: Pick<StateAddress, 'objectKey'>): string {
  return `${objectKey}${SNAPSHOTS}`;
}

/**
 * `LockID` of the item with the tickets of those who wait for the lock. No bucket has a colon in its name, so it is the lock path of no state, and
 * nobody who looks for the locks and digests of a bucket finds it.
 */
export function queuePath({ lockPath }: Pick<StateAddress, 'lockPath'>): string {
  return `queue:${lockPath}`;
}

const QUEUE = '.queue/';

/** Where the tickets of a lock without a table are, with its last slash. No client takes them for workspaces, see `publishedOutputsKey`. */
export function queueFolder({ objectKey }: Pick<StateAddress, 'objectKey'>): string {
  return `${objectKey}${QUEUE}`;
}

/** A setting that can't be used: its name, its value and the fix. */
export interface SettingProblem {
  readonly setting: string;
  readonly value: string;
  readonly fix: string;
}

/** Terraform's name for the workspace that has no prefix. */
export const DEFAULT_WORKSPACE = 'default';

/** Terraform's default for `workspace_key_prefix`. */
export const DEFAULT_WORKSPACE_KEY_PREFIX = 'env:';

/**
 * Where a state, its lock and its digest are (docs/protocol.md#names). The default workspace's key is verbatim;
 * a named one goes through Go's `path.Join`, which node's `posix.join` equals for validated locations.
 */
export function stateAddress(location: StateLocation): StateAddress {
  const { bucket, key, workspace, workspaceKeyPrefix } = location;
  const objectKey = workspace === DEFAULT_WORKSPACE ? key : posix.join(workspaceKeyPrefix, workspace, key);
  return addressOfObject(bucket, workspace, objectKey);
}

/** The names of everything that belongs to the state whose object has this key. Pure. */
export function addressOfObject(bucket: string, workspace: string, objectKey: string): StateAddress {
  const lockPath = `${bucket}/${objectKey}`;
  const lockFileKey = `${objectKey}.tflock`;
  return { bucket, workspace, objectKey, lockFileKey, lockPath, digestPath: `${lockPath}-md5` };
}

/**
 * The order in which every step takes several locks, which keeps two of them from waiting for each other. A comparison
 * function for sorting. Pure.
 */
export function compareLockPaths({ lockPath: one }: StateAddress, { lockPath: other }: StateAddress): number {
  return compareTexts(one, other);
}

/** Everything wrong with a location: Terraform's own rules (docs/protocol.md#validation), and what Terraform gets wrong (docs/protocol.md#names). */
export function locationProblems(location: StateLocation): SettingProblem[] {
  return [
    ...workspaceProblems(location.workspace),
    ...keyProblems(location),
    ...prefixProblems(location),
    ...besideProblems(location),
    ...lengthProblems(location),
  ];
}

// Go's url.PathEscape leaves exactly these characters alone (docs/protocol.md#validation).
const WORKSPACE_NAME = /^[A-Za-z0-9\-_.~$&+=:@]+$/;

function workspaceProblems(workspace: string): SettingProblem[] {
  const problem = (fix: string) => [{ setting: 'workspace', value: workspace, fix }];
  if (!WORKSPACE_NAME.test(workspace)) {
    return problem('use letters, digits and - _ . ~ $ & + = : @ only, as Terraform does');
  }
  if (workspace === '.' || workspace === '..') {
    return problem("choose another name: Terraform would take this one for another workspace's path");
  }
  return [];
}

function keyProblems({ key, workspace }: StateLocation): SettingProblem[] {
  const problem = (fix: string) => ({ setting: 'key', value: key, fix });
  const problems: SettingProblem[] = [];
  if (key.startsWith('/') || key.endsWith('/')) problems.push(problem('must not start or end with "/"'));
  if (key.includes('//')) problems.push(problem('must not contain "//"'));
  if (key.endsWith('-md5')) {
    problems.push(problem('must not end in "-md5": its lock would be the digest item of another state'));
  }
  if (key.endsWith('.tflock')) {
    problems.push(problem('must not end in ".tflock": it would be the lock file of another state'));
  }
  if (key.endsWith(PUBLISHED_OUTPUTS)) {
    const fix = `must not end in "${PUBLISHED_OUTPUTS}": it would be the published outputs of another state`;
    problems.push(problem(fix));
  }
  if (problems.length === 0 && workspace !== DEFAULT_WORKSPACE) problems.push(...cleaningProblems(key));
  return problems;
}

/**
 * Terraform cleans the path of a named workspace. Afterwards it finds neither the state nor the workspace's name
 * (docs/protocol.md#names).
 */
function cleaningProblems(key: string): SettingProblem[] {
  const clean = posix.normalize(key);
  if (clean === '.' || clean === '..' || clean.startsWith('../')) {
    return [{ setting: 'key', value: key, fix: "must not lead out of its workspace's folder" }];
  }
  const fix = `write it as "${clean}": Terraform removes "." and ".." for named workspaces`;
  return clean === key ? [] : [{ setting: 'key', value: key, fix }];
}

function prefixProblems({ workspaceKeyPrefix: prefix, workspace }: StateLocation): SettingProblem[] {
  const problem = (fix: string) => [{ setting: 'workspace_key_prefix', value: prefix, fix }];
  if (prefix.startsWith('/') || prefix.endsWith('/')) return problem('must not start or end with "/"');
  if (prefix === '' || workspace === DEFAULT_WORKSPACE) return [];
  const clean = posix.normalize(prefix);
  if (clean === '.') return problem('write it as "": Terraform removes it from the path');
  return clean === prefix ? [] : problem(`write it as "${clean}": Terraform cleans it to this in the path`);
}

/** What this action keeps beside a state, by folder and name, see `planKey` and `snapshotKey`. */
const BESIDE = [
  {
    folder: PLANS,
    pattern: /[^/]\.plans\/\d+-\d+(?:-[A-Za-z0-9_-]+)?(?:\.json)?$/,
    what: 'a plan for another state',
  },
  { folder: SNAPSHOTS, pattern: /[^/]\.backup\/\d+-[0-9a-f]{32}$/, what: 'a snapshot of another state' },
  {
    folder: QUEUE,
    pattern: /[^/]\.queue\/\d+-[0-9a-f]+$/,
    what: 'a ticket for the lock of another state',
  },
];

/** Applies to any part of the location. */
function besideProblems(location: StateLocation): SettingProblem[] {
  const { objectKey } = stateAddress(location);
  const found = BESIDE.find(({ pattern }) => pattern.test(objectKey));
  if (found === undefined) return [];
  const isOfKey = location.key.includes(found.folder);
  const fix = `must not make the path ${objectKey}: it would be ${found.what}`;
  return [
    { setting: isOfKey ? 'key' : 'workspace', value: isOfKey ? location.key : location.workspace, fix },
  ];
}

const S3_KEY_BYTES = 1024;

function lengthProblems(location: StateLocation): SettingProblem[] {
  const { objectKey } = stateAddress(location);
  if (Buffer.byteLength(objectKey) <= S3_KEY_BYTES) return [];
  return [
    { setting: 'key', value: location.key, fix: `make the object key at most ${S3_KEY_BYTES} bytes long` },
  ];
}
