import { expect, it } from 'vitest';
import type { SessionNotice } from '../../src/aws/failure.ts';
import { sessionNoticeText } from '../../src/messages/session-notice-text.ts';

const roleArn = 'arn:aws:iam::111122223333:role/state';

it.each<[SessionNotice, string]>([
  [
    { kind: 'tags_shortened', roleArn, kept: ['github:repository'] },
    `The session of ${roleArn} has only github:repository:`,
  ],
  [{ kind: 'tags_shortened', roleArn, kept: [] }, `The session of ${roleArn} has no tag:`],
  [{ kind: 'tags_refused', roleArn, code: undefined }, 'refuses any (no code)'],
  [{ kind: 'policy_refused', roleArn, code: 'HTTP 400' }, 'Set session_policy: none'],
])('the notice about a limited session: %j', (notice, words) => {
  expect(sessionNoticeText(notice)).toContain(words);
});
