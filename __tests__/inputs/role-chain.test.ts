import { describe, expect, it } from 'vitest';
import { withSessionPolicy } from '../../src/inputs/session-policy.ts';
import { createInputReader } from '../../src/runner/inputs.ts';
import { inputEnv, readBackend } from '../job-state/support.ts';

const toArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const role_arn = ['ci', 'hub', 'state'].map(toArn).join('\n');
const oidc = {
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://tokens.example.com',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer',
};

function read(inputs: Record<string, string>, env: Record<string, string> = {}) {
  const { settings, warnings, problems } = readBackend({ role_arn, ...inputs }, env);
  const { webIdentity, via, assumeRole } = settings.aws.credentials;
  const order = [webIdentity, ...via, assumeRole].map((role) => role?.roleArn.split('/').at(-1));
  return { webIdentity, via, assumeRole, order, warnings, problems, settings };
}

describe('several roles in role_arn', () => {
  it('are assumed in order, with the credentials found or by the job itself', () => {
    expect(read({}).order).toEqual([undefined, 'ci', 'hub', 'state']);
    expect(read({}, oidc).order).toEqual(['ci', 'hub', 'state']);
    expect(read({ role_arn: `\n ${toArn('ci')}\n\n${toArn('state')}\n` }, oidc).order).toEqual([
      'ci',
      'state',
    ]);
    expect(read({ web_identity_token_file: '/run/token' }).webIdentity).toMatchObject({
      roleArn: toArn('ci'),
      token: { from: 'file', path: '/run/token' },
    });
  });

  it('apply the session settings to the last role only', () => {
    const session = {
      external_id: 'x1',
      session_name: 'name',
      assume_role_duration: '30m',
      source_identity: 'alice',
      assume_role_policy: '{}',
      assume_role_tags: 'team=a',
    };
    const { webIdentity, via, assumeRole, warnings } = read(session, oidc);
    expect(assumeRole).toMatchObject({
      externalId: 'x1',
      sessionName: 'name',
      durationSeconds: 1800,
      sourceIdentity: 'alice',
      policy: '{}',
      givenTags: [{ key: 'team', value: 'a' }],
    });
    expect(assumeRole?.tags).toHaveLength(4);
    const passing = { sessionName: 'name', durationSeconds: undefined, policy: undefined, policyArns: [] };
    expect(webIdentity).toMatchObject(passing);
    expect(via).toMatchObject([
      { ...passing, externalId: undefined, sourceIdentity: 'alice', tags: [], givenTags: [] },
    ]);
    expect(warnings).toEqual([]);
  });

  it('send a transitive tag with the first role only, since STS refuses it a second time', () => {
    const tags = { assume_role_tags: 'team=a\ncost=b', assume_role_transitive_tag_keys: 'team, github:run' };
    const { via, assumeRole } = read(tags);
    const keys = via.map(({ tags: ours, givenTags }) => [...givenTags, ...ours].map(({ key }) => key));
    expect(keys).toEqual([['team', 'github:run'], []]);
    expect(via[0]?.transitiveTagKeys).toEqual(['team', 'github:run']);
    expect(assumeRole?.givenTags).toEqual([{ key: 'cost', value: 'b' }]);
    expect(assumeRole?.tags.map(({ key }) => key)).not.toContain('github:run');
    expect(assumeRole?.transitiveTagKeys).toEqual([]);
  });

  it('limit a longer session to an hour, with a warning that it is renewed', () => {
    const { assumeRole, warnings } = read({ assume_role_duration: '2h' });
    expect(assumeRole?.durationSeconds).toBe(3600);
    expect(warnings).toEqual([
      expect.stringMatching(/^assume_role_duration: .*role\/state.* limits this session to an hour/),
    ]);
    const two = { role_arn: [toArn('ci'), toArn('state')].join('\n'), assume_role_duration: '2h' };
    expect(read(two, oidc).assumeRole?.durationSeconds).toBe(3600);
    const one = { role_arn: toArn('state'), assume_role_duration: '2h' };
    expect(read(one).assumeRole?.durationSeconds).toBe(7200);
    expect(read(one, oidc).webIdentity?.durationSeconds).toBe(7200);
  });

  it('are each validated, and the error shows the invalid one', () => {
    const { problems } = read({ role_arn: `${toArn('ci')}\nstate` });
    expect(problems).toMatchObject([{ input: 'role_arn', value: 'state' }]);
  });

  it('leave the session policy to the last, whose account the table is in', () => {
    const other = 'arn:aws:iam::210987654321:role/state';
    const { settings } = read({ role_arn: `${toArn('ci')}\n${other}` }, oidc);
    const reader = createInputReader(inputEnv({}));
    const { credentials } = withSessionPolicy(reader, 'hold', [settings], []).aws;
    expect(credentials.webIdentity?.policy).toBeUndefined();
    expect(credentials.assumeRole?.policy).toContain(':210987654321:table/locks');
  });
});

describe('assume_role_with_web_identity beside assume_role', () => {
  const WEB = 'assume_role_with_web_identity';
  const web = { [`${WEB}.role_arn`]: toArn('web'), role_arn: toArn('state') };

  it('is the first of two roles, each with a session of its own', () => {
    const own = {
      [`${WEB}.session_name`]: 'first',
      [`${WEB}.duration`]: '2h',
      [`${WEB}.policy`]: '{"a":1}',
      [`${WEB}.policy_arns`]: '["arn:aws:iam::aws:policy/ReadOnlyAccess"]',
    };
    const { order, webIdentity, assumeRole, warnings } = read({ ...web, ...own, external_id: 'x1' }, oidc);
    expect(order).toEqual(['web', 'state']);
    expect(webIdentity).toMatchObject({
      sessionName: 'first',
      durationSeconds: 7200,
      policy: '{"a":1}',
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    });
    expect(assumeRole).toMatchObject({
      sessionName: 'acme-infra-123-2',
      externalId: 'x1',
      policy: undefined,
    });
    expect(warnings).toEqual([]);
  });

  it('alone takes from the inputs what is given there, and the rest from its own block', () => {
    const alone = { role_arn: '', [`${WEB}.role_arn`]: toArn('web'), [`${WEB}.policy`]: '{"a":1}' };
    expect(read({ ...alone, [`${WEB}.duration`]: '30m' }, oidc).webIdentity).toMatchObject({
      roleArn: toArn('web'),
      policy: '{"a":1}',
      durationSeconds: 1800,
      sessionName: 'acme-infra-123-2',
    });
    const named = { ...alone, [`${WEB}.session_name`]: 'theirs' };
    expect(read(named, oidc).webIdentity?.sessionName).toBe('theirs');
    const both = { ...named, assume_role_policy: '{}', session_name: 'ours' };
    expect(read(both, oidc).webIdentity).toMatchObject({ policy: '{}', sessionName: 'ours' });
  });

  it('is validated in the same way', () => {
    const bad = { role_arn: 'web', session_name: 'a b', duration: '1m', policy: '{', policy_arns: 'x' };
    const inputs = Object.fromEntries(Object.entries(bad).map(([name, value]) => [`${WEB}.${name}`, value]));
    const { problems } = read(inputs);
    expect(problems.map(({ input }) => input).sort()).toEqual(Object.keys(inputs).sort());
  });
});
