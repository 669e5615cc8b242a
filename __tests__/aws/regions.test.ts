import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isKnownRegion, profileRegion } from '../../src/aws/regions.ts';

describe('the check of a region', () => {
  it.each([
    'us-east-1',
    'eu-central-2',
    'cn-north-1',
    'us-gov-west-1',
    'us-iso-east-1',
    'eusc-de-east-1',
    'mx-central-1',
  ])('accepts %s', (region) => expect(isKnownRegion(region)).toBe(true));

  it.each(['xx-moon-1', 'us-east-9', 'eu-west-1a', 'EU-WEST-1', 'aws-global', '', 'constructor'])(
    'refuses %s',
    (region) => expect(isKnownRegion(region)).toBe(false),
  );
});

describe('the region of a profile', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'aws-home-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  const env = () => ({ AWS_CONFIG_FILE: join(home, 'config'), HOME: home });

  it('comes from the profile input, else AWS_PROFILE, else the default profile', async () => {
    writeFileSync(
      join(home, 'config'),
      '[default]\nregion = eu-west-1\n[profile a]\nregion = eu-west-2\n[profile b]\nregion=eu-west-3\n',
    );
    expect(await profileRegion(env())).toBe('eu-west-1');
    expect(await profileRegion({ ...env(), AWS_PROFILE: 'a' })).toBe('eu-west-2');
    expect(await profileRegion({ ...env(), AWS_PROFILE: 'a' }, 'b')).toBe('eu-west-3');
  });

  it('may be in the shared credentials file', async () => {
    writeFileSync(join(home, 'mine'), '[default]\nregion = ap-south-1\n');
    const given = { sharedCredentialsFiles: [join(home, 'mine')], sharedConfigFiles: [] };
    expect(await profileRegion(env(), undefined, given)).toBe('ap-south-1');
  });

  it('is undefined when there are no files or no such profile', async () => {
    expect(await profileRegion(env())).toBeUndefined();
    writeFileSync(join(home, 'config'), '[default]\noutput = json\n');
    expect(await profileRegion(env())).toBeUndefined();
    expect(await profileRegion(env(), 'absent')).toBeUndefined();
  });
});
