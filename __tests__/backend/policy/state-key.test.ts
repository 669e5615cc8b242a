import { expect, it } from 'vitest';
import { type RoleFor, rolePolicy } from '../../../scripts/policy/policies.ts';
import { allowedBy } from '../../support/iam.ts';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/k';
const ROLE: RoleFor = {
  bucket: 'b',
  key: 'k/app.tfstate',
  workspaces: ['default'],
  workspaceKeyPrefix: 'env:',
  region: 'eu-west-1',
  account: '111122223333',
  table: undefined,
  useLockfile: false,
  kmsKeyId: KEY,
  acl: undefined,
};

it('a role that decrypts states may use the data keys of one KMS key only', () => {
  const call = (resource: string) => ({ action: 'kms:Decrypt', resource, context: {} });
  const policy = JSON.stringify(rolePolicy('decrypt', ROLE));
  expect(allowedBy(policy, call(KEY))).toHaveLength(1);
  expect(allowedBy(policy, call('arn:aws:kms:eu-west-1:111122223333:key/other'))).toEqual([]);
  expect(allowedBy(JSON.stringify(rolePolicy('outputs', ROLE)), call(KEY))).toEqual([]);
});
