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

describe("the doctor's permissions on bucket and table", () => {
  it('only read, and change nothing', () => {
    const statements = doctorPermissions(GRANT);
    const actions = statements.flatMap(({ Action }) => Action);
    expect(actions).toHaveLength(5);
    for (const action of actions) expect(action).toMatch(/:(Get|List|Describe)/);
    expect(statements.map(({ Resource }) => Resource)).toEqual([
      'arn:aws:s3:::states',
      'arn:aws:dynamodb:eu-west-1:123456789012:table/locks',
    ]);
  });

  it('name no table when there is none, and no bucket behind an access point', () => {
    const bucket = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/states';
    expect(doctorPermissions({ ...GRANT, bucket, table: undefined })).toEqual([]);
  });
});
