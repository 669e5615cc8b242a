import type { StateScope } from '../backend/state-error.ts';
import { commandLine, whereabouts } from './commands.ts';

/** AWS CLI commands that set up what the doctor misses; undefined when a name in one can't be quoted. */
export interface SetupCommands {
  readonly versioning: string | undefined;
  readonly encryption: string | undefined;
  readonly publicAccess: string | undefined;
  readonly table: string | undefined;
}

const AES256 = '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}';
const ALL_BLOCKS =
  'BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true';
const TABLE_OF_LOCKS =
  '--billing-mode PAY_PER_REQUEST --attribute-definitions "AttributeName=LockID,AttributeType=S" ' +
  '--key-schema "AttributeName=LockID,KeyType=HASH"';

/** The commands for one state's bucket and table. Pure. */
export function setupCommands(scope: StateScope): SetupCommands {
  const bucket = { quoted: scope.address.bucket };
  const s3 = (operation: string, settings: string) =>
    commandLine(`aws s3api ${operation}`, ...whereabouts(scope, 's3'), '--bucket', bucket, settings);
  const name = { quoted: (scope.table ?? '').split('/').at(-1) ?? '' };
  const table = whereabouts(scope, 'dynamodb');
  return {
    versioning: s3('put-bucket-versioning', '--versioning-configuration Status=Enabled'),
    encryption: s3('put-bucket-encryption', `--server-side-encryption-configuration '${AES256}'`),
    publicAccess: s3('put-public-access-block', `--public-access-block-configuration '${ALL_BLOCKS}'`),
    table: commandLine('aws dynamodb create-table', ...table, '--table-name', name, TABLE_OF_LOCKS),
  };
}
