import { partition } from '@aws-sdk/core/client';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { Environment } from './aws.ts';
import { NO_FILES_GIVEN, type SharedFilesGiven, sharedFiles } from './shared-files.ts';

/**
 * Whether AWS has a region with this name, in any partition, as far as this version of the SDK knows. A newer region
 * needs the `skip_region_validation` input. Pure (docs/protocol.md#validation).
 */
export function isKnownRegion(region: string): boolean {
  return !region.endsWith('-global') && 'description' in partition(region);
}

/**
 * The region of a profile in the shared files; `undefined` when it has none. `profile` is the input; without it
 * `AWS_PROFILE`, or else `default`. Unreadable files count as empty.
 */
export async function profileRegion(
  env: Environment,
  profile?: string | undefined,
  given: SharedFilesGiven = NO_FILES_GIVEN,
): Promise<string | undefined> {
  const name = profileName(env, profile);
  const files = await loadSharedConfigFiles({ ...(await sharedFiles(env, given)), ignoreCache: true });
  return files.configFile[name]?.region || files.credentialsFile[name]?.region || undefined;
}

/** The effective profile: the input's, `AWS_PROFILE`, or else `default`. Pure. */
export function profileName(env: Environment, profile: string | undefined): string {
  return profile || env.AWS_PROFILE || 'default';
}
