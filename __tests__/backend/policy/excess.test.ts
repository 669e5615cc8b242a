import { describe, expect, it } from 'vitest';
import { stateAddress } from '../../../src/backend/address.ts';
import { findSurplus, policySource } from '../../../src/backend/policy/excess.ts';
import { leastPrivilege, type Use } from '../../../src/backend/policy/least-privilege.ts';
import { place } from '../../job-state/scopes.ts';
import { allowedBy } from '../../support/iam.ts';

const ACCOUNT = '123456789012';

describe('what a role had better not be allowed', () => {
  it.each(['hold', 'outputs', 'unlock'] satisfies Use[])('is nothing that %s needs', (use) => {
    const { address, table, region } = place;
    const grant = {
      bucket: address.bucket,
      keys: { patterns: [address.objectKey], exact: true },
      region,
      table,
      account: ACCOUNT,
      useLockfile: false,
      acl: undefined,
      decryptWith: undefined,
      encryptWith: undefined,
    };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: leastPrivilege(use, grant) });
    for (const { actions, resource, item } of findSurplus(place, use, ACCOUNT)) {
      const context: Record<string, string[]> = item === undefined ? {} : { 'dynamodb:LeadingKeys': [item] };
      const needed = actions.filter((action) => allowedBy(policy, { action, resource, context }).length > 0);
      expect(needed).toEqual([]);
    }
  });

  it('includes writing for who only reads, and nothing of a table that there is not', () => {
    const ofState = findSurplus(place, 'outputs', ACCOUNT).find(({ what }) => what === 'the state');
    expect(ofState?.actions).toContain('s3:PutObject');
    const bare = findSurplus({ ...place, table: undefined }, 'hold', ACCOUNT);
    expect(bare.map(({ what }) => what)).toEqual([
      'the state',
      'other objects of the bucket',
      'the bucket',
      'the account',
    ]);
  });

  it('can not be told behind an access point', () => {
    const bucket = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/states';
    const address = stateAddress({ bucket, key: 'k', workspace: 'default', workspaceKeyPrefix: 'env:' });
    expect(findSurplus({ ...place, address }, 'hold', ACCOUNT)).toEqual([]);
  });
});

describe('whose policies a caller has', () => {
  it.each([
    ['arn:aws:iam::123456789012:user/ops/alice', 'arn:aws:iam::123456789012:user/ops/alice'],
    ['arn:aws-cn:sts::123456789012:assumed-role/deploy/run-1', 'arn:aws-cn:iam::123456789012:role/deploy'],
    ['arn:aws:iam::123456789012:root', undefined],
    ['arn:aws:sts::123456789012:federated-user/alice', undefined],
    ['', undefined],
  ])('%j: %s', (caller, source) => {
    expect(policySource(caller)).toBe(source);
  });
});
