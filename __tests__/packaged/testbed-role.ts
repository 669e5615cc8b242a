import type { RoleFor } from '../../scripts/policy/policies.ts';
import { ACCOUNT_ID } from '../support/aws.ts';
import type { Testbed } from './support.ts';

/** The purpose of the role of a testbed's jobs, as input of the policy helper. */
export function testbedRole({ fixture, objectKey }: Testbed, more: Partial<RoleFor> = {}): RoleFor {
  const { bucket, table, region } = fixture;
  return {
    bucket,
    key: objectKey,
    workspaces: ['default'],
    workspaceKeyPrefix: 'env:',
    region,
    account: ACCOUNT_ID,
    table,
    useLockfile: false,
    kmsKeyId: undefined,
    acl: undefined,
    ...more,
  };
}
