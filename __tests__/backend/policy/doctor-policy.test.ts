import { describe, expect, it } from 'vitest';
import { doctorPermissions } from '../../../src/backend/policy/doctor-policy.ts';

const GRANT = {
  bucket: 'states',
  region: 'eu-west-1',
  account: '123456789012',
  table: 'locks',
  useLockfile: true,
  acl: undefined,
  decryptWith: undefined,
  encryptWith: undefined,
};

describe('what it takes to look over bucket and table', () => {
  it('is reading: nothing of it changes anything', () => {
    const statements = doctorPermissions(GRANT);
    const actions = statements.flatMap(({ Action }) => Action);
    expect(actions).toHaveLength(5);
    for (const action of actions) expect(action).toMatch(/:(Get|List|Describe)/);
    expect(statements.map(({ Resource }) => Resource)).toEqual([
      'arn:aws:s3:::states',
      'arn:aws:dynamodb:eu-west-1:123456789012:table/locks',
    ]);
  });

  it('is nothing of a table that there is not, nor of a bucket behind an access point', () => {
    const bucket = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/states';
    expect(doctorPermissions({ ...GRANT, bucket, table: undefined })).toEqual([]);
  });
});
