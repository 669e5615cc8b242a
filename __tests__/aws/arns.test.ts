import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bucketArn, findAccount, findPartition, keyArn, tableArn } from '../../src/aws/arns.ts';

const UUID = '12345678-1234-4234-8234-123456789012';

describe('ARNs', () => {
  it.each([
    ['us-east-1', 'aws'],
    ['eu-central-2', 'aws'],
    ['cn-northwest-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eusc-de-east-1', 'aws-eusc'],
    // A region newer than the SDK's table, and the region of a self-hosted store.
    ['cn-south-7', 'aws-cn'],
    ['garage', 'aws'],
    ['*', 'aws'],
  ])('region %s is in partition %s', (region, partition) => {
    expect(findPartition(region)).toBe(partition);
    expect(bucketArn('states', region)).toBe(`arn:${partition}:s3:::states`);
    expect(tableArn('locks', region, '1')).toBe(`arn:${partition}:dynamodb:${region}:1:table/locks`);
    expect(keyArn(UUID, region, '*')).toBe(`arn:${partition}:kms:${region}:*:key/${UUID}`);
  });

  it('no source file hard-codes the partition of an ARN', () => {
    const root = join(import.meta.dirname, '../..');
    const files = ['src', 'scripts'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(root, folder, name)),
    );
    expect(files.length).toBeGreaterThan(100);
    const made = (file: string) => /['"`]arn:aws|arn:aws[\w-]*:[^'\n]*\$\{/.test(readFileSync(file, 'utf8'));
    expect(files.filter(made)).toEqual([]);
  });

  it('a value that is already an ARN stays unchanged', () => {
    const point = 'arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/states';
    expect(bucketArn(point, 'us-east-1')).toBe(point);
    const table = 'arn:aws:dynamodb:eu-west-1:210987654321:table/locks';
    expect(tableArn(table, 'us-east-1', '1')).toBe(table);
    const key = `arn:aws:kms:eu-west-1:210987654321:key/${UUID}`;
    expect(keyArn(key, 'us-east-1', '1')).toBe(key);
  });

  it('a name that no policy can contain becomes a wildcard: the alias of an access point or of a key', () => {
    const any = 'arn:aws:s3:us-east-1:*:accesspoint/*';
    expect(bucketArn('states-abcdefgh-s3alias', 'us-east-1')).toBe(any);
    expect(keyArn('alias/states', 'us-east-1', '1')).toBe('*');
    expect(keyArn('arn:aws:kms:eu-west-1:210987654321:alias/states', 'us-east-1', '1')).toBe('*');
  });

  it("the ARN of a role names its account, that of a bucket doesn't", () => {
    expect(findAccount('arn:aws:iam::123456789012:role/path/deploy')).toBe('123456789012');
    expect(findAccount('arn:aws:s3:::states')).toBeUndefined();
  });
});
