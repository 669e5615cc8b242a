import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { profileRegion } from '../../src/aws/regions.ts';
import { NO_FILES_GIVEN, sharedFiles } from '../../src/aws/shared-files.ts';

const credentials = (...paths: string[]) => ({ ...NO_FILES_GIVEN, sharedCredentialsFiles: paths });
const config = (...paths: string[]) => ({ ...NO_FILES_GIVEN, sharedConfigFiles: paths });

describe('the shared files', () => {
  it('lie below the home directory unless the environment or the input names others', async () => {
    expect(await sharedFiles({ HOME: '/h' }, NO_FILES_GIVEN)).toEqual({
      filepath: join('/h', '.aws', 'credentials'),
      configFilepath: join('/h', '.aws', 'config'),
    });
    const env = { HOME: '/h', AWS_SHARED_CREDENTIALS_FILE: '/env', AWS_CONFIG_FILE: '~/c', DIR: '/d' };
    expect(await sharedFiles(env, NO_FILES_GIVEN)).toEqual({
      filepath: '/env',
      configFilepath: join('/h', 'c'),
    });
    const braced = ['$', '{DIR}/x'].join('');
    expect((await sharedFiles(env, credentials(braced))).filepath).toBe('/d/x');
    expect((await sharedFiles(env, credentials('$DIR/$NONE'))).filepath).toBe('/d/');
    expect((await sharedFiles(env, config('~/mine'))).configFilepath).toBe(join('/h', 'mine'));
  });

  it("Terraform's own variable for the config file wins over the SDK's", async () => {
    const env = { AWS_SHARED_CONFIG_FILE: '/theirs', AWS_CONFIG_FILE: '/sdk' };
    expect((await sharedFiles(env, NO_FILES_GIVEN)).configFilepath).toBe('/theirs');
  });
});

describe('several shared files', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'aws-home-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  it('are one, in which a later file wins and one that is missing is empty', async () => {
    writeFileSync(join(home, 'a'), '[default]\nregion = eu-west-1\n[profile x]\nregion = eu-west-2');
    writeFileSync(join(home, 'b'), '[default]\nregion = eu-north-1\n');
    const given = config('~/a', '~/none', '~/b');
    expect(await profileRegion({ HOME: home }, undefined, given)).toBe('eu-north-1');
    expect(await profileRegion({ HOME: home }, 'x', given)).toBe('eu-west-2');
  });
});
