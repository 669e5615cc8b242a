import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { externalDataInterceptor, getHomeDir } from '@smithy/core/config';
import type { Environment } from './aws.ts';
import type { CredentialSettings } from './settings.ts';

/** Where the shared files are: given, named by the environment, or below the home directory. */
export interface SharedFiles {
  filepath: string;
  configFilepath: string;
}

/** Those that were given. */
export type SharedFilesGiven = Pick<CredentialSettings, 'sharedCredentialsFiles' | 'sharedConfigFiles'>;

export const NO_FILES_GIVEN: SharedFilesGiven = { sharedCredentialsFiles: [], sharedConfigFiles: [] };

/**
 * The shared files in the SDK's form, one of each kind. Several are read as one, in which later entries take
 * precedence. An unreadable file counts as empty. Given paths are used as they are. Those in the environment are
 * expanded as Terraform does.
 */
export async function sharedFiles(env: Environment, given: SharedFilesGiven): Promise<SharedFiles> {
  const lookUp = (name: string) => env[name];
  const inHome = (name: string) => join(findHome(lookUp), '.aws', name);
  const named = (...candidates: (string | undefined)[]) => {
    const path = candidates.find(Boolean);
    return path === undefined ? undefined : expandPath(path, lookUp).path;
  };
  const credentials = named(env.AWS_SHARED_CREDENTIALS_FILE) ?? inHome('credentials');
  const config = named(env.AWS_SHARED_CONFIG_FILE, env.AWS_CONFIG_FILE) ?? inHome('config');
  return {
    filepath: await asOne(
      orElse(given.sharedCredentialsFiles, credentials),
      findOwnPath('AWS_SHARED_CREDENTIALS_FILE', 'credentials'),
    ),
    configFilepath: await asOne(
      orElse(given.sharedConfigFiles, config),
      findOwnPath('AWS_CONFIG_FILE', 'config'),
    ),
  };
}

function orElse(given: readonly string[], other: string): readonly string[] {
  return given.length > 0 ? given : [other];
}

/**
 * The SDK reads one file only, and keys in lower case only, but may be told what a path holds. For an SSO profile it
 * doesn't pass our path on and reads `ownPath`, so that path gets the same text.
 */
async function asOne(paths: readonly string[], ownPath: string): Promise<string> {
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')));
  const name = paths.join(delimiter);
  const text = texts.map(withLowerCaseKeys).join('\n');
  externalDataInterceptor.interceptFile(ownPath, text);
  externalDataInterceptor.interceptFile(name, text);
  return name;
}

/** Where the SDK by itself looks for a shared file. It asks `process.env`, and expands nothing but `~/`. */
function findOwnPath(variable: string, name: string): string {
  const home = getHomeDir();
  const path = process.env[variable] || join(home, '.aws', name);
  return path.startsWith('~/') ? join(home, path.slice(2)) : path;
}

/** A shared file with its keys as the SDK looks for them; AWS's other tools take them in any case. Pure. */
export function withLowerCaseKeys(text: string): string {
  return text.replaceAll(/^[ \t]*[^\s#;=[][^=\r\n]*=/gm, (key) => key.toLowerCase());
}

/** One variable of the environment; empty is not set. */
type LookUp = (name: string) => string | undefined;

function findHome(lookUp: LookUp): string {
  return lookUp('HOME') || lookUp('USERPROFILE') || homedir();
}

/** A path with its variables filled in. */
export interface ExpandedPath {
  readonly path: string;
  /** Why the path can't be right; undefined when nothing is wrong. */
  readonly problem: string | undefined;
}

/** Expands a path as Terraform does: `$NAME` and `${NAME}`, then a leading `~`. Pure. */
export function expandPath(path: string, lookUp: LookUp): ExpandedPath {
  const empty: string[] = [];
  const filled = path.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, plain) => {
    const name = String(braced ?? plain);
    const value = lookUp(name);
    if (!value) empty.push(name);
    return value ?? '';
  });
  if (empty.length > 0) {
    return { path: filled, problem: `the environment of this step has no ${empty.join(', ')}: set it` };
  }
  if (!filled.startsWith('~')) return { path: filled, problem: undefined };
  if (!/^~(?:$|[\\/])/.test(filled)) {
    return { path: filled, problem: '~ works only for your own home directory: write this path out' };
  }
  return { path: join(findHome(lookUp), filled.slice(1)), problem: undefined };
}
