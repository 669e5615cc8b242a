import { expect, it } from 'vitest';
import { readBackend } from '../job-state/support.ts';

const ROLE = { role_arn: 'arn:aws:iam::111122223333:role/r' };
const OURS = ['github:repository', 'github:run', 'github:workflow', 'github:actor'];

/** Tags with which a block or an input pretends to be another job, where policies depend on them. */
const ATTACKS = [
  { 'github:repository': 'acme/production' },
  { 'GitHub:Repository': 'acme/production' },
  { 'github:actor': 'admin', team: 'a' },
  { 'github:environment': 'production' },
];

it.each(ATTACKS)("the tags %j don’t replace the job's own tags", (forged) => {
  const { settings, warnings, problems } = readBackend({ ...ROLE, assume_role_tags: JSON.stringify(forged) });
  const { assumeRole } = settings.aws.credentials;
  expect(problems).toEqual([]);
  expect(assumeRole?.tags.map(({ key }) => key)).toEqual(OURS);
  expect(assumeRole?.givenTags).toEqual('team' in forged ? [{ key: 'team', value: 'a' }] : []);
  expect(warnings).toEqual([expect.stringContaining(`${Object.keys(forged)[0]} left out`)]);
});

it("configured tags don't pose as the job's when it has no tags or STS has no room for ours", () => {
  const tags = {
    assume_role_tags: 'github:actor=admin',
    assume_role_transitive_tag_keys: 'github:actor, team',
  };
  const { settings } = readBackend({ ...ROLE, ...tags, session_tags: 'false' });
  expect(settings.aws.credentials.assumeRole).toMatchObject({
    tags: [],
    givenTags: [],
    transitiveTagKeys: ['team'],
  });
  const handedOn = readBackend({ ...ROLE, assume_role_transitive_tag_keys: 'github:actor' });
  expect(handedOn.settings.aws.credentials.assumeRole?.transitiveTagKeys).toEqual(['github:actor']);
});

it.each(['allowed_account_ids', 'forbidden_account_ids'])(
  '%s: an account from an STS other than AWS’s own is not called proof',
  (input) => {
    const warnings = (sts_endpoint: string) =>
      readBackend({ [input]: '111122223333', sts_endpoint }).warnings.filter((text) =>
        text.includes('proves nothing'),
      );
    expect(warnings('https://sts.evil.example')).toEqual([expect.stringContaining(input)]);
    expect(warnings('https://sts.amazonaws.com.evil.example')).toHaveLength(1);
    expect(warnings('https://sts.eu-west-1.amazonaws.com')).toEqual([]);
    expect(warnings('')).toEqual([]);
  },
);
