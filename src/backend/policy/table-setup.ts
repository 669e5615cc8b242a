import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { Backend } from '../settings.ts';

/** One attribute of a table's key. */
export interface TableKey {
  readonly name: string;
  /** `S`, `N`, `B`; undefined when the answer lacks it. */
  readonly type: string | undefined;
  readonly role: 'partition' | 'sort';
}

/** What a table is like. */
export interface TableSetup {
  /** `ACTIVE`, `CREATING`, `DELETING`, ... */
  readonly status: string;
  readonly keys: readonly TableKey[];
  /** The other Regions of a global table without strong consistency, which may disagree on who holds a lock. */
  readonly looseReplicas: readonly string[];
}

/** Describes the table itself. Errors: AwsError. */
export async function describeTable({ aws }: Pick<Backend, 'aws'>, table: string): Promise<TableSetup> {
  const command = new DescribeTableCommand({ TableName: table });
  const { Table } = await aws.call(
    { api: 'dynamodb:DescribeTable', resource: `table ${table}` },
    (abortSignal) => aws.dynamodb.send(command, { abortSignal }),
  );
  const types = new Map(
    (Table?.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => [
      AttributeName,
      AttributeType,
    ]),
  );
  const keys = (Table?.KeySchema ?? []).map(({ AttributeName = '', KeyType }): TableKey => {
    const role = KeyType === 'RANGE' ? 'sort' : 'partition';
    return { name: AttributeName, type: types.get(AttributeName), role };
  });
  const isStrong = Table?.MultiRegionConsistency === 'STRONG';
  const replicas = (Table?.Replicas ?? []).flatMap(({ RegionName }) => RegionName ?? []);
  return {
    status: Table?.TableStatus ?? 'unknown',
    keys,
    looseReplicas: isStrong ? [] : replicas,
  };
}

/**
 * Whether the table fits Terraform's locks: a partition key `LockID` of type String, and no sort key
 * (docs/protocol.md#lock-item). Pure.
 */
export function fitsLocks({ keys: [key, ...others] }: TableSetup): boolean {
  return key?.name === 'LockID' && key.type === 'S' && key.role === 'partition' && others.length === 0;
}
