import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { profileRegion } from '../../src/aws/regions.ts';
import { expandPath, NO_FILES_GIVEN, sharedFiles, withLowerCaseKeys } from '../../src/aws/shared-files.ts';

const credentials = (...paths: string[]) => ({ ...NO_FILES_GIVEN, sharedCredentialsFiles: paths });
const config = (...paths: string[]) => ({ ...NO_FILES_GIVEN, sharedConfigFiles: paths });

describe('the shared files', () => {
  it('are in the home directory unless the environment or the input names others', async () => {
    expect(await sharedFiles({ HOME: '/h' }, NO_FILES_GIVEN)).toEqual({
      filepath: join('/h', '.aws', 'credentials'),
      configFilepath: join('/h', '.aws', 'config'),
    });
    const env = { HOME: '/h', AWS_SHARED_CREDENTIALS_FILE: '/env', AWS_CONFIG_FILE: '~/c', DIR: '/d' };
    expect(await sharedFiles(env, NO_FILES_GIVEN)).toEqual({
      filepath: '/env',
      configFilepath: join('/h', 'c'),
    });
    const ofVariable = await sharedFiles({ ...env, AWS_SHARED_CREDENTIALS_FILE: '$DIR/x' }, NO_FILES_GIVEN);
    expect(ofVariable.filepath).toBe('/d/x');
    expect((await sharedFiles(env, credentials('/mine'))).filepath).toBe('/mine');
  });

  it("Terraform's own variable for the config file wins over the SDK's", async () => {
    const env = { AWS_SHARED_CONFIG_FILE: '/theirs', AWS_CONFIG_FILE: '/sdk' };
    expect((await sharedFiles(env, NO_FILES_GIVEN)).configFilepath).toBe('/theirs');
  });
});

describe('a path', () => {
  const env: Record<string, string> = { HOME: '/h', DIR: '/d', EMPTY: '', TILDE: '~/t' };
  const expand = (path: string) => expandPath(path, (name) => env[name]);

  it.each([
    ['~/a', join('/h', 'a')],
    ['~', '/h'],
    ['$DIR/x', '/d/x'],
    ['$' + '{DIR}/x/$DIR', '/d/x//d'],
    ['$TILDE', join('/h', 't')],
    ['a$ b/~', 'a$ b/~'],
  ])('%s is %s', (path, expanded) => expect(expand(path)).toEqual({ path: expanded, problem: undefined }));

  it.each([
    ['$EMPTY/aws', 'EMPTY'],
    ['$NONE/$' + '{NO}', 'NONE, NO'],
    ['~alice/aws', 'home directory'],
  ])('%s is refused', (path, words) => expect(expand(path).problem).toContain(words));
});

describe('keys in a shared file', () => {
  it('are case-insensitive, as in AWS’s other tools; profile names and values keep their case', () => {
    const text = '[Profile X]\n AWS_Access_Key_Id = AKIA=B\n# A = B\nREGION=eu-West-1\n; C=D\nsso_session';
    expect(withLowerCaseKeys(text)).toBe(
      '[Profile X]\n aws_access_key_id = AKIA=B\n# A = B\nregion=eu-West-1\n; C=D\nsso_session',
    );
  });
});

describe('several shared files', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'aws-home-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  it('are merged: a later file wins, and a missing file counts as empty', async () => {
    writeFileSync(join(home, 'a'), '[default]\nregion = eu-west-1\n[profile x]\nregion = eu-west-2');
    writeFileSync(join(home, 'b'), '[default]\nregion = eu-north-1\n');
    const given = config(join(home, 'a'), join(home, 'none'), join(home, 'b'));
    expect(await profileRegion({ HOME: home }, undefined, given)).toBe('eu-north-1');
    expect(await profileRegion({ HOME: home }, 'x', given)).toBe('eu-west-2');
  });
});
