/** APIs without a permission of the same name, and what they need instead. */
const otherNames: Readonly<Record<string, string>> = {
  's3:HeadObject': 's3:GetObject',
  's3:CopyObject': 's3:GetObject and s3:PutObject',
  's3:HeadBucket': 's3:ListBucket',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  'dynamodb:TransactWriteItems': 'dynamodb:PutItem and dynamodb:DeleteItem',
};

/** The permission that IAM requires for an API. Pure. */
export function permissionFor(api: string): string {
  return otherNames[api] ?? api;
}
