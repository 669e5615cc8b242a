import { describe, expect, it } from 'vitest';
import { toAwsError } from '../../src/aws/errors.ts';
import type { WriteSetting } from '../../src/aws/failure.ts';
import { describeRequested } from '../../src/backend/objects/object-headers.ts';
import { explainAwsError } from '../../src/messages/explain-aws-error.ts';
import { NOW } from '../job-state/scopes.ts';

function explainRefusal(code: string, asked: readonly WriteSetting[], api = 's3:PutObject'): string {
  const cause = Object.assign(new Error('No.'), { name: code, $metadata: { httpStatusCode: 400 } });
  const call = { api, resource: 's3://b/k', principal: 'p', region: 'eu-west-1', endpoint: undefined };
  const context = { ...call, identity: undefined, attempts: 1, aborted: false, now: NOW, asked };
  return explainAwsError(toAwsError(cause, context));
}

const INPUT_KEY = "The key in `kms_key_id` can't be used";
const BUCKET_KEY = "The KMS key of the bucket's default encryption can't be used";
const OBJECT_KEY = "The object's KMS key can't be used";
const TABLE_KEY = "The table's KMS key can't be used";
const KMS_CODES = ['KMS.DisabledException', 'KMS.NotFoundException', 'KMS.KMSInvalidStateException'];

describe('a write that a store refuses for a setting', () => {
  it.each(KMS_CODES)('blames `kms_key_id` only if the write uses it: %s', (code) => {
    expect(explainRefusal(code, ['acl', 'kms_key_id'])).toContain(INPUT_KEY);
    for (const asked of [[], ['acl'], ['sse_customer_key']] as const) {
      expect(explainRefusal(code, asked)).toContain(BUCKET_KEY);
      expect(explainRefusal(code, asked)).not.toContain('of the input');
    }
    expect(explainRefusal(code, [], 's3:GetObject')).toContain(OBJECT_KEY);
    expect(explainRefusal(code, [], 's3:HeadObject')).toContain(OBJECT_KEY);
    expect(explainRefusal(code, [], 'dynamodb:PutItem')).toContain(TABLE_KEY);
  });

  it.each([
    ['AccessControlListNotSupported', /remove the input `acl`/],
    ['InvalidArgument', /It may be about the input `acl`/],
    ['UnsupportedArgument', /It may be about the input `acl`/],
  ])('blames `acl` only if the write uses it: %s', (code, words) => {
    expect(explainRefusal(code, ['acl'])).toMatch(words);
    expect(explainRefusal(code, ['kms_key_id'])).not.toContain('`acl`');
    expect(explainRefusal(code, [])).not.toContain('`acl`');
  });
});

describe('the optional settings of a write', () => {
  const none = { encrypt: false, kmsKeyId: undefined, customerKey: undefined, acl: undefined };
  const objects = { ...none, stateTags: undefined, lockTags: undefined };

  it.each([
    [{}, []],
    [{ kmsKeyId: 'alias/k' }, []],
    [{ encrypt: true }, []],
    [{ encrypt: true, kmsKeyId: 'alias/k', acl: 'private' }, ['acl', 'kms_key_id']],
    [{ encrypt: true, kmsKeyId: 'alias/k', customerKey: 'c' }, ['kms_key_id']],
    [{ encrypt: true, customerKey: 'c' }, ['sse_customer_key']],
  ])('%j: %j', (given, asked) => {
    expect(describeRequested({ ...objects, ...given })).toEqual(asked);
  });
});
