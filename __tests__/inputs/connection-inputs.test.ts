import { describe, expect, it } from 'vitest';
import { readBackend } from '../job-state/support.ts';

const aws = (inputs: Record<string, string>, env: Record<string, string> = {}) =>
  readBackend(inputs, env).settings.aws;
const refused = (inputs: Record<string, string>, env: Record<string, string> = {}) =>
  readBackend(inputs, env).problems.map(({ input }) => input);

describe('the region', () => {
  it('comes from the input, AWS_REGION, AWS_DEFAULT_REGION, in this order', () => {
    const env = { AWS_REGION: 'us-east-2', AWS_DEFAULT_REGION: 'us-west-1' };
    expect(aws({ region: 'eu-west-1' }, env).region).toBe('eu-west-1');
    expect(aws({ region: '' }, env).region).toBe('us-east-2');
    expect(aws({ region: '' }, { ...env, AWS_REGION: '' }).region).toBe('us-west-1');
  });

  it('comes from the AWS profile as a last resort', () => {
    const { settings, problems } = readBackend({ region: '' }, {}, 'ap-southeast-2');
    expect(problems).toEqual([]);
    expect(settings.aws.region).toBe('ap-southeast-2');
    expect(
      readBackend({ region: '' }, { AWS_REGION: 'us-east-2' }, 'ap-southeast-2').settings.aws.region,
    ).toBe('us-east-2');
    expect(refused({ region: '' })).toEqual(['region']);
  });

  it('is refused as an input, accepted with skip_region_validation or from the environment', () => {
    expect(refused({ region: 'xx-moon-1' })).toEqual(['region']);
    expect(refused({ region: 'xx-moon-1', skip_region_validation: 'false' })).toEqual(['region']);
    expect(refused({ region: 'xx-moon-1', skip_region_validation: 'true' })).toEqual([]);
    expect(refused({ region: '' }, { AWS_REGION: 'xx-moon-1' })).toEqual([]);
  });

  it("is refused wherever it comes from if it can't be part of a host name", () => {
    const { problems } = readBackend({ region: '' }, { AWS_DEFAULT_REGION: 'us east' });
    expect(problems).toEqual([
      {
        input: 'region',
        value: 'us east',
        fix: expect.stringMatching(/^it comes from AWS_DEFAULT_REGION; /),
      },
    ]);
    expect(readBackend({ region: '' }, {}, 'us_east_1').problems).toEqual([
      { input: 'region', value: 'us_east_1', fix: expect.stringMatching(/^it comes from the AWS profile; /) },
    ]);
    expect(refused({}, { AWS_REGION: 'us east' })).toEqual([]);
  });
});

describe('endpoints', () => {
  it.each([
    ['s3', 'endpoint', ['AWS_ENDPOINT_URL_S3', 'AWS_S3_ENDPOINT', 'AWS_ENDPOINT_URL']],
    [
      'dynamodb',
      'dynamodb_endpoint',
      ['AWS_ENDPOINT_URL_DYNAMODB', 'AWS_DYNAMODB_ENDPOINT', 'AWS_ENDPOINT_URL'],
    ],
    ['sts', 'sts_endpoint', ['AWS_ENDPOINT_URL_STS', 'AWS_STS_ENDPOINT', 'AWS_ENDPOINT_URL']],
  ] as const)(
    "%s: the input, then the SDK's variable, then Terraform's, then the one for all",
    (service, input, names) => {
      const env: Record<string, string> = Object.fromEntries(names.map((name) => [name, `http://${name}`]));
      expect(aws({ [input]: 'http://input' }, env).endpoints[service]).toBe('http://input');
      for (const name of names) {
        expect(aws({}, env).endpoints[service]).toBe(`http://${name}`);
        delete env[name];
      }
      expect(aws({}, env).endpoints[service]).toBeUndefined();
    },
  );

  it.each(['AWS_ENDPOINT_URL_IAM', 'AWS_IAM_ENDPOINT'])(
    '%s is for other tools of the job: nothing is said',
    (name) => {
      const { problems, warnings } = readBackend({}, { [name]: 'http://iam.local' });
      expect(problems).toEqual([]);
      expect(warnings).toEqual([]);
    },
  );

  it.each([
    ['s3.example.com', 'https://s3.example.com'],
    ['localhost:9000', 'https://localhost:9000'],
    ['HTTP://s3.example.com', 'HTTP://s3.example.com'],
  ])('%s is read as %s', (endpoint, url) => {
    expect(refused({ endpoint })).toEqual([]);
    expect(aws({ endpoint }).endpoints.s3).toBe(url);
  });

  it.each(['ftp://s3.example.com', 'http://', 'http://a b', 'https://host:99999'])(
    '%s is refused',
    (endpoint) => {
      expect(refused({ endpoint })).toEqual(['endpoint']);
    },
  );
});

describe('an endpoint with user and password', () => {
  it.each([
    ['https://alice:hunter2@s3.example.com/x', 'https://s3.example.com/x'],
    ['alice:hunter2@s3.example.com', 's3.example.com'],
    ['https://hunter2@s3.example.com', 'https://s3.example.com'],
    ['https://alice:hun/ter2@s3.example.com', 'https://s3.example.com'],
    ['https:/alice:hunter2@s3.example.com', 's3.example.com'],
    ['ftp://alice:hunter2@s3.example.com', 'ftp://s3.example.com'],
    ['https://alice:hunter2@', 'https://'],
  ])('%s is refused and shown as %s', (endpoint, shown) => {
    const fix = expect.stringContaining('without user name and password');
    expect(readBackend({ endpoint }).problems).toEqual([{ input: 'endpoint', value: shown, fix }]);
  });

  it('is refused from a variable, too', () => {
    const { problems } = readBackend({}, { AWS_ENDPOINT_URL_STS: 'https://alice:hunter2@sts.example.com' });
    expect(problems.map(({ input }) => input)).toEqual(['sts_endpoint']);
    expect(JSON.stringify(problems)).not.toMatch(/alice|hunter2/);
  });
});

describe('a bad value from a variable', () => {
  const fixes = (inputs: Record<string, string>, env: Record<string, string>) =>
    readBackend(inputs, env).problems.map(({ fix }) => fix);

  it('is reported with the name of its variable', () => {
    expect(fixes({}, { AWS_S3_ENDPOINT: 'ftp://x', AWS_ENDPOINT_URL: 'http://ok' })).toEqual([
      expect.stringMatching(/^it comes from AWS_S3_ENDPOINT; /),
    ]);
    expect(fixes({}, { TF_WORKSPACE: '..' })).toEqual([
      expect.stringMatching(/^it comes from TF_WORKSPACE; /),
    ]);
  });

  it('is not attributed to a variable when it comes from an input or a default', () => {
    const env = { TF_WORKSPACE: '..', AWS_S3_ENDPOINT: 'ftp://x' };
    for (const fix of fixes({ workspace: '.', endpoint: 'ftp://y', key: '/k' }, env)) {
      expect(fix).not.toContain('it comes from');
    }
  });
});

describe('path-style URLs', () => {
  it('are off by default, and on with use_path_style or its old name', () => {
    expect(aws({}).usePathStyle).toBe(false);
    expect(aws({ use_path_style: 'true' }).usePathStyle).toBe(true);
    expect(aws({ force_path_style: 'true' }).usePathStyle).toBe(true);
    expect(aws({ use_path_style: 'false' }).usePathStyle).toBe(false);
  });

  it.each([
    ['true', 'false'],
    ['true', 'true'],
  ])('are a conflict with both names at once (%s, %s)', (style, legacy) => {
    expect(refused({ use_path_style: style, force_path_style: legacy })).toEqual(['force_path_style']);
  });
});

describe('max_retries', () => {
  it.each([
    ['', '', 5],
    ['', '7', 5],
    ['1', '7', 1],
    ['12', '', 12],
    ['0', '7', 7],
    ['0', '', 3],
    ['0', '0', 3],
    ['0', '+7', 7],
  ])('%j with AWS_MAX_ATTEMPTS=%j: %d attempts in all', (max_retries, AWS_MAX_ATTEMPTS, expected) => {
    expect(aws({ max_retries }, { AWS_MAX_ATTEMPTS }).maxAttempts).toBe(expected);
  });

  it.each(['many', '-1', '1.5', '1e2', '0x10'])(
    'with AWS_MAX_ATTEMPTS=%s is refused whatever the input is, as Terraform refuses a variable that is no number',
    (AWS_MAX_ATTEMPTS) => {
      for (const max_retries of ['', '0', '7']) {
        expect(readBackend({ max_retries }, { AWS_MAX_ATTEMPTS }).problems).toEqual([
          { input: 'AWS_MAX_ATTEMPTS', value: AWS_MAX_ATTEMPTS, fix: expect.stringMatching(/^use a whole/) },
        ]);
      }
    },
  );

  it('is a whole number of at least 0', () => {
    expect(refused({ max_retries: '-1' })).toEqual(['max_retries']);
    expect(refused({ max_retries: '1.5' })).toEqual(['max_retries']);
  });
});

describe('a variable of the AWS SDK itself', () => {
  const SWITCHES = ['AWS_S3_USE_ARN_REGION', 'AWS_S3_DISABLE_EXPRESS_SESSION_AUTH'];
  const CHECKSUMS = ['AWS_REQUEST_CHECKSUM_CALCULATION', 'AWS_RESPONSE_CHECKSUM_VALIDATION'];

  it.each<[string[], string, string[]]>([
    [CHECKSUMS, 'use when_supported or when_required', ['when_supported', 'WHEN_REQUIRED']],
    [SWITCHES, 'use true or false', ['true', 'False', 'TRUE']],
    [['AWS_ACCOUNT_ID_ENDPOINT_MODE'], 'use preferred, required or disabled', ['preferred', 'disabled']],
  ])('is refused with a value that the SDK would ignore: %j', (names, fix, good) => {
    for (const name of names) {
      expect(readBackend({}, { [name]: 'sometimes' }).problems).toEqual([
        { input: name, value: 'sometimes', fix },
      ]);
      for (const value of [...good, '', ' ']) expect(refused({}, { [name]: value })).toEqual([]);
    }
  });
});

describe('static keys', () => {
  it('are required together, with an optional token', () => {
    const { credentials } = aws({ access_key: 'AKIA', secret_key: 's' });
    expect(credentials.static).toEqual({
      accessKeyId: 'AKIA',
      secretAccessKey: 's',
      sessionToken: undefined,
    });
  });

  it.each([
    [{ access_key: 'AKIA' }, 'secret_key'],
    [{ secret_key: 'very-secret' }, 'access_key'],
    [{ token: 'very-secret' }, 'access_key'],
    [{ access_key: 'AKIA', token: 'very-secret' }, 'secret_key'],
  ])('are refused as %j, and no secret is shown', (inputs, missing) => {
    const { problems } = readBackend({ ...inputs });
    expect(problems.map(({ input }) => input)).toEqual([missing]);
    expect(JSON.stringify(problems)).not.toContain('very-secret');
  });

  it('from the environment are left to the credential chain', () => {
    const env = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's', AWS_PROFILE: 'p' };
    expect(aws({}, env).credentials).toMatchObject({ static: undefined, profile: undefined });
  });
});

it.each([
  ['', undefined],
  ['true', true],
  ['false', false],
])('skip_metadata_api_check: %j leaves %j to the chain', (value, expected) => {
  expect(aws({ skip_metadata_api_check: value }).credentials.skipMetadataApiCheck).toBe(expected);
});
