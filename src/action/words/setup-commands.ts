import type { StatePlace } from '../../backend/faults.ts';
import { shellQuote, whereabouts } from './commands.ts';

/** Commands of the AWS CLI that set up what the doctor misses. */
export interface SetupCommands {
  readonly versioning: string;
  readonly encryption: string;
  readonly publicAccess: string;
  readonly table: string;
}

const AES256 = '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}';
const ALL_BLOCKS =
  'BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true';
const TABLE_OF_LOCKS =
  '--billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=LockID,AttributeType=S ' +
  '--key-schema AttributeName=LockID,KeyType=HASH';

/** The commands for one state's bucket and table. Pure. */
export function setupCommands(place: StatePlace): SetupCommands {
  const s3 = (operation: string) =>
    `aws s3api ${operation} ${whereabouts(place, 's3')} --bucket ${shellQuote(place.address.bucket)}`;
  const name = (place.table ?? '').split('/').at(-1) ?? '';
  return {
    versioning: `${s3('put-bucket-versioning')} --versioning-configuration Status=Enabled`,
    encryption: `${s3('put-bucket-encryption')} --server-side-encryption-configuration ${shellQuote(AES256)}`,
    publicAccess: `${s3('put-public-access-block')} --public-access-block-configuration ${ALL_BLOCKS}`,
    table: `aws dynamodb create-table ${whereabouts(place, 'dynamodb')} --table-name ${shellQuote(name)} ${TABLE_OF_LOCKS}`,
  };
}
