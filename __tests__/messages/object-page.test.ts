import { describe, expect, it } from 'vitest';
import { objectPage } from '../../src/messages/object-page.ts';
import { readBackend } from '../job-state/support.ts';

const page = (inputs: Record<string, string>, versionId?: string) =>
  objectPage(readBackend(inputs).settings, versionId);

describe('the page of the state object', () => {
  it('is that of the version, if there is one', () => {
    expect(page({ key: 'a b/c&d' }, 'v.1_x')).toBe(
      'https://console.aws.amazon.com/s3/object/b?region=eu-west-1&prefix=a+b%2Fc%26d&versionId=v.1_x',
    );
    expect(page({})).toBe(
      'https://console.aws.amazon.com/s3/object/b?region=eu-west-1&prefix=k%2Fapp.tfstate',
    );
  });

  it.each([
    ['cn-north-1', 'https://console.amazonaws.cn/'],
    ['us-gov-west-1', 'https://console.amazonaws-us-gov.com/'],
    ['us-east-1', 'https://console.aws.amazon.com/'],
  ])('%s has its own console', (region, start) => expect(page({ region })?.startsWith(start)).toBe(true));

  it.each(['us-iso-east-1', 'us-isob-east-1', 'eu-isoe-west-1'])('%s has no public console', (region) => {
    expect(page({ region, skip_region_validation: 'true' })).toBeUndefined();
  });

  it('is none behind a custom endpoint', () =>
    expect(page({ endpoint: 'http://minio:9000' })).toBeUndefined());
});
