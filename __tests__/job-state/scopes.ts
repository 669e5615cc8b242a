import { stateAddress } from '../../src/backend/address.ts';
import { type LockInfo, parseLockHolder, serializeLockInfo } from '../../src/backend/records/lock-info.ts';
import type { StateScope } from '../../src/backend/state-error.ts';

/** The moment of all these tests, in ms since the epoch. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

const location = { bucket: 'b', key: 'k/app.tfstate', workspaceKeyPrefix: 'env:' };
export const scope: StateScope = {
  address: stateAddress({ ...location, workspace: 'default' }),
  table: 'locks',
  useLockfile: false,
  region: 'eu-west-1',
  endpoints: { s3: undefined, dynamodb: undefined, sts: undefined },
  underCustomerKey: false,
  action: { repository: 'acme/terraform-s3-state', ref: 'v1' },
  githubServer: 'https://github.com',
};
/** Behind custom endpoints. */
export const customScope: StateScope = {
  ...scope,
  endpoints: { s3: 'http://minio:9000/', dynamodb: 'http://ddb/?a&b', sts: undefined },
};
export const namedScope: StateScope = {
  ...scope,
  address: stateAddress({ ...location, workspace: 'dev$1' }),
};

/** Held by Alice's laptop for twelve minutes. */
export const lock: LockInfo = {
  id: 'eaa41826-e2ca-bf32-14f3-1feeea8a0f1a',
  operation: 'OperationTypeApply',
  info: '',
  who: 'alice@laptop',
  version: '1.11.4',
  created: '2026-01-02T02:52:05.123456789Z',
  path: 'b/k/app.tfstate',
};
export const makeHolder = (change: Partial<LockInfo> = {}) =>
  parseLockHolder(serializeLockInfo({ ...lock, ...change }));
