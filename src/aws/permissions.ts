/** APIs without a permission of their own name, and what they need instead. */
const otherNames: Readonly<Record<string, string>> = {
  's3:HeadObject': 's3:GetObject',
  's3:CopyObject': 's3:GetObject and s3:PutObject',
  's3:HeadBucket': 's3:ListBucket',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  'dynamodb:TransactWriteItems': 'dynamodb:PutItem and dynamodb:DeleteItem',
};

/** The permission that IAM asks for before an API may be called. Pure. */
export function permissionFor(api: string): string {
  return otherNames[api] ?? api;
}
