import { afterEach, describe, expect, it } from 'vitest';
import type { SessionNotice } from '../../src/aws/failure.ts';
import type { AssumeRole } from '../../src/aws/settings.ts';
import { explain } from '../../src/messages/explain.ts';
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

const roleArn = 'arn:aws:iam::111122223333:role/state';
const user = 'arn:aws:iam::111122223333:user/ci';
const role = {
  ...plainRole,
  roleArn,
  externalId: undefined,
  sessionName: 'gh-42',
  policy: undefined,
  tags: [
    { key: 'github:repository', value: 'octo-org/infrastructure' },
    { key: 'github:run', value: '42-1' },
    { key: 'github:actor', value: 'octocat' },
  ],
};
const NOT_TAGGED = `User: ${user} is not authorized to perform: sts:TagSession on resource: ${roleArn}`;
const TOO_LARGE = 'Packed policy consumes 112% of allotted space, please use smaller policy.';

let server: TestServer | undefined;
afterEach(() => server?.close());

/** Signs in before and after a session's end, with an STS whose answer depends on the number of tags. */
async function signInTwice(answer: (tags: number) => Answer, assumeRole: AssumeRole = role) {
  server = await serve(({ body }) => answer([...body.matchAll(/Tags\.member\.\d+\.Key=/g)].length));
  const notices: SessionNotice[] = [];
  const aws = connect({
    settings: settingsFor(server.url, { assumeRole }),
    onNotice: (notice) => void notices.push(notice),
  });
  const outcome = await aws.signIn().then(
    () => aws.signIn(),
    (error: unknown) => error,
  );
  aws.destroy();
  const tags = server.seen.map(({ body }) => [...body.matchAll(/Tags\.member\.\d+\.Key=/g)].length);
  return { outcome, notices, tags };
}

const expiring = () => assumedRole('AssumeRole', 'ASIA1', Date.now());

describe('session tags', () => {
  it('are sent with sts:AssumeRole', async () => {
    const { notices, tags } = await signInTwice(() => assumedRole('AssumeRole', 'ASIA1'));
    expect(tags).toEqual([3]);
    expect(notices).toEqual([]);
    const sent = new URLSearchParams(server?.seen[0]?.body);
    expect(sent.get('Tags.member.1.Key')).toBe('github:repository');
    expect(sent.get('Tags.member.1.Value')).toBe('octo-org/infrastructure');
  });

  it('are dropped one by one, last first, while STS says that the packed policy is too large', async () => {
    const { notices, tags } = await signInTwice((count) =>
      count > 1 ? stsError(400, 'PackedPolicyTooLarge', TOO_LARGE) : expiring(),
    );
    expect(tags).toEqual([3, 2, 1, 1]);
    expect(notices).toEqual([{ kind: 'tags_shortened', roleArn, kept: ['github:repository'] }]);
  });

  it('are all dropped before the policy size fails the role; the error then says how to omit the policy', async () => {
    const { outcome, notices, tags } = await signInTwice(() =>
      stsError(400, 'PackedPolicyTooLarge', TOO_LARGE),
    );
    expect(tags).toEqual([3, 2, 1, 0]);
    expect(notices).toEqual([]);
    const words = explain(outcome, 0);
    expect(words).toContain("together too large for STS, even without the action's tags");
    expect(words).toContain("`session_policy: none` to leave the action's own policy out");
    expect(words).toContain(TOO_LARGE);
  });

  it('from the user are never dropped, and none of ours that was dropped stays transitive', async () => {
    const transitiveTagKeys = ['team', 'github:actor'];
    const { tags } = await signInTwice(
      (count) => (count > 3 ? stsError(400, 'PackedPolicyTooLarge', TOO_LARGE) : expiring()),
      { ...role, givenTags: [{ key: 'team', value: 'a' }], transitiveTagKeys },
    );
    expect(tags).toEqual([4, 3, 3]);
    const handedOn = server?.seen.map(({ body }) =>
      [...new URLSearchParams(body)]
        .filter(([name]) => name.startsWith('TransitiveTagKeys'))
        .map(([, key]) => key),
    );
    expect(handedOn).toEqual([transitiveTagKeys, ['team'], ['team']]);
  });

  it.each([
    ['a role that does not allow sts:TagSession', stsError(403, 'AccessDenied', NOT_TAGGED)],
    ['a refusal that names nothing', stsError(403, 'AccessDenied', 'Access denied')],
    ["a store that doesn't support them", stsError(400, 'InvalidParameterValue', 'Tags')],
  ])(
    'are all dropped for %s: the role is assumed without them, and later ones are too',
    async (_name, refusal) => {
      const { notices, tags } = await signInTwice((count) => (count > 0 ? refusal : expiring()));
      expect(tags).toEqual([3, 0, 0]);
      expect(notices).toEqual([expect.objectContaining({ kind: 'tags_refused', roleArn })]);
    },
  );

  it('stay when STS refuses the role itself', async () => {
    const message = `User: ${user} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    const { outcome, notices, tags } = await signInTwice(() => stsError(403, 'AccessDenied', message));
    expect(outcome).toMatchObject({ kind: 'access_denied', api: 'sts:AssumeRole' });
    expect(tags).toEqual([3]);
    expect(notices).toEqual([]);
  });

  it("don't hide why a role is refused that is also refused without them", async () => {
    const { outcome, tags } = await signInTwice((count) =>
      count > 0 ? stsError(403, 'AccessDenied', NOT_TAGGED) : stsError(400, 'MalformedPolicyDocument', 'bad'),
    );
    expect(outcome).toMatchObject({ failure: { code: 'MalformedPolicyDocumentException' } });
    expect(tags).toEqual([3, 0]);
  });
});
