import { afterEach, describe, expect, it } from 'vitest';
import type { SessionNotice } from '../../src/aws/failure.ts';
import type { CredentialSettings } from '../../src/aws/settings.ts';
import { plainRole } from '../support/aws-settings.ts';
import {
  type Answer,
  assumedRole,
  connect,
  serve,
  settingsFor,
  stsError,
  type TestServer,
} from './support.ts';

const role = {
  ...plainRole,
  roleArn: 'arn:aws:iam:::role/state',
  sessionName: 'gh-42',
  policy: '{"Statement":[]}',
  tags: [{ key: 'github:run', value: '42-1' }],
};
const session = { roleArn: role.roleArn, sessionName: 's', policy: role.policy, policyArns: [] };
const byToken: Partial<CredentialSettings> = {
  webIdentity: { ...session, durationSeconds: undefined, token: { from: 'github', audience: 'a' } },
};
const byKeys: Partial<CredentialSettings> = { assumeRole: role };

let server: TestServer | undefined;
afterEach(() => server?.close());

/** Signs in before and after a session's end, with an STS whose answer depends on the policy. */
async function signInTwice(
  credentials: Partial<CredentialSettings>,
  answer: (policy: string | null) => Answer,
  isPolicyOptional = true,
) {
  server = await serve(({ body }) => answer(new URLSearchParams(body).get('Policy')));
  const notices: SessionNotice[] = [];
  const aws = connect({
    settings: settingsFor(server.url, { ...credentials, isPolicyOptional }),
    fetchIdToken: async () => 'h.e30.s',
    onNotice: (notice) => void notices.push(notice),
  });
  const outcome = await aws.signIn().then(
    () => aws.signIn(),
    (error: unknown) => error,
  );
  aws.destroy();
  const sent = server.seen.map(({ body }) => {
    const fields = new URLSearchParams(body);
    return [fields.has('Policy') && 'policy', fields.has('Tags.member.1.Key') && 'tags'].filter(Boolean);
  });
  return { outcome, notices, sent };
}

const refusing = (refusal: Answer) => (policy: string | null) =>
  policy === null ? assumedRole('AssumeRole', 'ASIA1', Date.now()) : refusal;
const CEPH = {
  status: 400,
  body: '<?xml version="1.0" encoding="UTF-8"?><Error><Code>MalformedPolicyDocument</Code><Message></Message></Error>',
};
const MINIO = stsError(400, 'InvalidParameterValue', "invalid condition key 'kms:ViaService'");

describe('a session policy that STS may refuse', () => {
  it.each([
    ['Ceph', CEPH],
    ['MinIO', MINIO],
    ['a store that answers with 501', stsError(501, 'NotImplemented', 'no policies')],
  ])('%s: is omitted from then on, with one notice, and the tags stay', async (_, refusal) => {
    const { outcome, notices, sent } = await signInTwice(byKeys, refusing(refusal));
    expect(outcome).toBeUndefined();
    expect(notices).toEqual([expect.objectContaining({ kind: 'policy_refused' })]);
    expect(sent[0]).toEqual(['policy', 'tags']);
    expect(sent.slice(-2)).toEqual([['tags'], ['tags']]);
  });

  it("is omitted from a web identity's session, too", async () => {
    const answer = refusing(CEPH);
    const { outcome, notices, sent } = await signInTwice(byToken, (policy) =>
      policy === null ? assumedRole('AssumeRoleWithWebIdentity', 'ASIA1', Date.now()) : answer(policy),
    );
    expect(outcome).toBeUndefined();
    expect(notices).toHaveLength(1);
    expect(sent).toEqual([['policy'], [], []]);
  });

  it('stays when the store accepts it', async () => {
    const { notices, sent } = await signInTwice(byKeys, () => assumedRole('AssumeRole', 'ASIA1', Date.now()));
    expect(notices).toEqual([]);
    expect(sent).toEqual([
      ['policy', 'tags'],
      ['policy', 'tags'],
    ]);
  });

  it.each([byKeys, byToken])('is never omitted when it is required', async (credentials) => {
    const { outcome, notices, sent } = await signInTwice(credentials, refusing(CEPH), false);
    expect(outcome).toMatchObject({ name: 'AwsError' });
    expect(notices).toEqual([]);
    expect(sent.every((parts) => parts.includes('policy'))).toBe(true);
  });

  it('stays when STS refuses the role itself', async () => {
    const { outcome, sent } = await signInTwice(byKeys, () => stsError(403, 'AccessDenied', 'no'));
    expect(outcome).toMatchObject({ kind: 'access_denied' });
    expect(sent.every((parts) => parts.includes('policy'))).toBe(true);
  });
});
