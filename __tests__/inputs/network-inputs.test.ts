import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readBackend } from '../job-state/support.ts';

const network = (inputs: Record<string, string>, env: Record<string, string> = {}) => {
  const { settings, warnings, problems } = readBackend(inputs, env);
  return { ...settings.aws.network, warnings, problems };
};
const proxies = (inputs: Record<string, string>, env: Record<string, string> = {}) => {
  const { httpProxy, httpsProxy } = network(inputs, env);
  return [httpProxy, httpsProxy];
};

describe('proxies', () => {
  it('come from the inputs, then from the variables in upper and in lower case', () => {
    const env = { HTTP_PROXY: 'http://upper:1', http_proxy: 'http://lower:1', https_proxy: 'lower:2' };
    expect(proxies({}, env)).toEqual(['http://upper:1/', 'http://lower:2/']);
    expect(proxies({ https_proxy: 'https://own:3' }, env)).toEqual(['http://upper:1/', 'https://own:3/']);
    expect(network({}, { no_proxy: 'a,b' }).noProxy).toBe('a,b');
    expect(network({ no_proxy: 'c' }, { NO_PROXY: 'a,b' }).noProxy).toBe('c');
  });

  it('http_proxy replaces a missing https_proxy with a warning, as in Terraform, but not from the environment', () => {
    const alone = network({ http_proxy: 'http://p:1' });
    expect([alone.httpsProxy, alone.warnings.length]).toEqual(['http://p:1/', 1]);
    expect(proxies({ http_proxy: 'http://p:1' }, { HTTPS_PROXY: 'http://q:1' })[1]).toBe('http://q:1/');
    expect(network({}, { HTTP_PROXY: 'http://p:1' })).toMatchObject({ httpsProxy: undefined, warnings: [] });
  });

  it('two quotes mean no proxy', () => {
    expect(proxies({ http_proxy: 'http://p:1', https_proxy: '""' })).toEqual(['http://p:1/', undefined]);
    expect(proxies({ https_proxy: '""' }, { HTTPS_PROXY: 'http://q:1' })[1]).toBeUndefined();
  });

  it.each(['socks5://p:1', 'http://', 'ftp://ci:secret@p'])(
    '%s is refused, without its password',
    (https_proxy) => {
      const { problems } = network({ https_proxy });
      expect(problems).toMatchObject([{ input: 'https_proxy' }]);
      expect(JSON.stringify(problems)).not.toContain('secret');
    },
  );
});

describe('certificates', () => {
  it('custom_ca_bundle must be a PEM file, also from AWS_CA_BUNDLE', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ca-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'x.pem'), 'nothing');
    expect(network({ custom_ca_bundle: join(folder, 'x.pem') }).problems).toMatchObject([
      { input: 'custom_ca_bundle', fix: expect.stringContaining('no certificate') },
    ]);
    expect(network({}, { AWS_CA_BUNDLE: '~/none.pem', HOME: folder }).problems).toMatchObject([
      { input: 'custom_ca_bundle', fix: expect.stringContaining(join(folder, 'none.pem')) },
    ]);
  });

  it('insecure causes a warning', () => {
    expect(network({ insecure: 'true' })).toMatchObject({
      insecure: true,
      warnings: [expect.stringContaining('insecure')],
    });
  });
});

describe('the other arguments of the newest Terraform', () => {
  const refused = (inputs: Record<string, string>, env: Record<string, string> = {}) =>
    readBackend(inputs, env).problems.map(({ input }) => input);
  const aws = (inputs: Record<string, string>, env: Record<string, string> = {}) =>
    readBackend(inputs, env).settings.aws;

  it('FIPS and dual-stack endpoints, whose variables are booleans', () => {
    expect(aws({}, { AWS_USE_FIPS_ENDPOINT: 'false' }).variants.fips).toBe(false);
    expect(aws({}, { AWS_USE_FIPS_ENDPOINT: '1' }).variants.fips).toBe(true);
    expect(aws({ use_dualstack_endpoint: 'true' }).variants).toEqual({ fips: false, dualstack: true });
    expect(refused({}, { AWS_USE_DUALSTACK_ENDPOINT: 'perhaps' })).toEqual(['use_dualstack_endpoint']);
    expect(refused({ use_fips_endpoint: 'true', endpoint: 'https://s3' })).toEqual(['use_fips_endpoint']);
  });

  it('sts_region is a region', () => {
    expect(aws({ sts_region: 'us-west-2' }).stsRegion).toBe('us-west-2');
    expect(refused({ sts_region: 'xx' })).toEqual(['sts_region']);
    expect(refused({ sts_region: 'xx', skip_region_validation: 'true' })).toEqual([]);
  });

  it('retry_mode is standard or adaptive, also in AWS_RETRY_MODE', () => {
    expect(aws({}, { AWS_RETRY_MODE: 'adaptive' }).retryMode).toBe('adaptive');
    expect(aws({ retry_mode: 'standard' }, { AWS_RETRY_MODE: 'adaptive' }).retryMode).toBe('standard');
    expect(refused({}, { AWS_RETRY_MODE: 'legacy' })).toEqual(['retry_mode']);
  });

  it('one list or the other, of account ids', () => {
    const two = '111122223333\n444455556666';
    expect(aws({ allowed_account_ids: two }).accounts.allowed).toEqual(['111122223333', '444455556666']);
    expect(aws({ forbidden_account_ids: '["111122223333"]' }).accounts.forbidden).toEqual(['111122223333']);
    expect(refused({ allowed_account_ids: two, forbidden_account_ids: two })).toEqual([
      'forbidden_account_ids',
    ]);
    expect(refused({ allowed_account_ids: '12345' })).toEqual(['allowed_account_ids']);
    expect(refused({ allowed_account_ids: '[1]' })).toEqual(['allowed_account_ids']);
  });

  it('shared files are lists, and the singular is the old name', () => {
    const { credentials } = aws({ shared_credentials_files: '/a\n/b', shared_config_files: '["/c,d"]' });
    expect(credentials).toMatchObject({ sharedCredentialsFiles: ['/a', '/b'], sharedConfigFiles: ['/c,d'] });
    expect(refused({ shared_credentials_files: 'a', shared_credentials_file: 'b' })).toEqual([
      'shared_credentials_file',
    ]);
  });

  it('the metadata service has an endpoint or a mode', () => {
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://imds:1' };
    const metadata = (inputs: Record<string, string>) => aws(inputs, env).credentials.metadata;
    expect(metadata({ ec2_metadata_service_endpoint_mode: 'ipv6' })).toEqual({
      endpoint: 'http://imds:1',
      mode: 'IPv6',
    });
    expect(refused({ ec2_metadata_service_endpoint_mode: 'IPv5' })).toEqual([
      'ec2_metadata_service_endpoint_mode',
    ]);
  });

  it('use_legacy_workflow causes a warning that it has no effect', () => {
    expect(readBackend({ use_legacy_workflow: 'true' }).warnings).toHaveLength(1);
    expect(readBackend({ use_legacy_workflow: 'false' }).warnings).toEqual([]);
  });
});
