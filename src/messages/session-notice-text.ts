import type { SessionNotice } from '../aws/failure.ts';
import { plain } from './plain.ts';

/** The notice about a role's session that lacks what STS refused. Pure. */
export function sessionNoticeText(notice: SessionNotice): string {
  const session = `The session of ${plain(notice.roleArn)}`;
  switch (notice.kind) {
    case 'tags_shortened': {
      const names = notice.kept.length === 0 ? 'no tag' : `only ${notice.kept.join(', ')}`;
      return `${session} has ${names}: with more, STS says that its packed policy is too large.`;
    }
    case 'tags_refused':
      return (
        `${session} has no tags, because STS refuses any (${plain(notice.code ?? 'no code')}). To tag it with repository, run, workflow and ` +
        "actor, allow sts:TagSession in the role's trust policy. Otherwise set session_tags: false to save the refused call."
      );
    case 'policy_refused':
      return (
        `${session} has all permissions of its role: this STS refuses the session policy (${plain(notice.code)}). ` +
        'Set session_policy: none to save the refused call.'
      );
  }
}
