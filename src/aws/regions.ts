import { homedir } from 'node:os';
import { join } from 'node:path';
import { partition } from '@aws-sdk/core/client';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { Environment } from './aws.ts';

/**
 * Whether AWS has a region of this name, in any partition, as far as this version of the SDK knows. A region
 * younger than that needs the `skip_region_validation` input. Pure (spec 1.2).
 */
export function isKnownRegion(region: string): boolean {
  return !region.endsWith('-global') && 'description' in partition(region);
}

/** Where the shared files are: given, named by the environment, or below the home directory. */
export interface SharedFiles {
  filepath: string;
  configFilepath: string;
}

/** Paths of the shared files; a leading `~` and `$NAME` are expanded as Terraform does (spec 6.2). Pure. */
export function sharedFiles(env: Environment, credentialsFile: string | undefined): SharedFiles {
  const home = env.HOME || env.USERPROFILE || homedir();
  const file = credentialsFile ?? env.AWS_SHARED_CREDENTIALS_FILE;
  return {
    filepath: file ? expandPath(file, home, env) : join(home, '.aws', 'credentials'),
    configFilepath: env.AWS_CONFIG_FILE
      ? expandPath(env.AWS_CONFIG_FILE, home, env)
      : join(home, '.aws', 'config'),
  };
}

/**
 * The region of a profile in the shared files, `undefined` when it has none (spec 11, region-from-profile).
 * `profile` is the input; without it `AWS_PROFILE`, else `default`. Unreadable files count as empty.
 */
export async function profileRegion(
  env: Environment,
  profile?: string | undefined,
  credentialsFile?: string | undefined,
): Promise<string | undefined> {
  const name = profileName(env, profile);
  const files = await loadSharedConfigFiles({ ...sharedFiles(env, credentialsFile), ignoreCache: true });
  return files.configFile[name]?.region || files.credentialsFile[name]?.region || undefined;
}

/** The profile that is meant: the input's, `AWS_PROFILE`, else `default`. Pure. */
export function profileName(env: Environment, profile: string | undefined): string {
  return profile || env.AWS_PROFILE || 'default';
}

function expandPath(path: string, home: string, env: Environment): string {
  const expanded = path.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, plain) => env[braced ?? plain] ?? '');
  return expanded === '~' || expanded.startsWith('~/') ? join(home, expanded.slice(1)) : expanded;
}
