import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { externalDataInterceptor } from '@smithy/core/config';
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
 * The shared files as the SDK takes them, one of each kind. Several are read as one, in which what stands later wins;
 * one that can't be read counts as empty. A leading `~` and `$NAME` are expanded as Terraform does (docs/protocol.md#configuration).
 */
export async function sharedFiles(env: Environment, given: SharedFilesGiven): Promise<SharedFiles> {
  const home = env.HOME || env.USERPROFILE || homedir();
  const one = (...candidates: (string | undefined)[]) => candidates.find(Boolean);
  const inHome = (name: string) => join(home, '.aws', name);
  const credentials = one(env.AWS_SHARED_CREDENTIALS_FILE) ?? inHome('credentials');
  const config = one(env.AWS_SHARED_CONFIG_FILE, env.AWS_CONFIG_FILE) ?? inHome('config');
  const expand = (path: string) => expandPath(path, home, env);
  return {
    filepath: await asOne(orElse(given.sharedCredentialsFiles, credentials).map(expand)),
    configFilepath: await asOne(orElse(given.sharedConfigFiles, config).map(expand)),
  };
}

function orElse(given: readonly string[], other: string): readonly string[] {
  return given.length > 0 ? given : [other];
}

/** The SDK reads one file only, but may be told what a path holds. */
async function asOne(paths: readonly string[]): Promise<string> {
  const [first = '', ...others] = paths;
  if (others.length === 0) return first;
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')));
  const name = paths.join(delimiter);
  externalDataInterceptor.interceptFile(name, texts.join('\n'));
  return name;
}

/** A path as Terraform reads it: a leading `~`, and `$NAME` or `${NAME}`. Pure. */
export function expandPath(path: string, home: string, env: Environment): string {
  const expanded = path.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, plain) => env[braced ?? plain] ?? '');
  return expanded === '~' || expanded.startsWith('~/') ? join(home, expanded.slice(1)) : expanded;
}
