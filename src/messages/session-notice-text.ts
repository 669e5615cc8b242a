import type { SessionNotice } from '../aws/failure.ts';
import { plain } from './plain.ts';

/** The notice about a session of a role that lacks what STS refused. Pure. */
export function sessionNoticeText(notice: SessionNotice): string {
  const session = `The session of ${plain(notice.roleArn)}`;
  switch (notice.kind) {
    case 'tags_shortened': {
      const names = notice.kept.length === 0 ? 'no tag' : `only ${notice.kept.join(', ')}`;
      return `${session} has ${names}: with more, STS calls its packed policy too large.`;
    }
    case 'tags_refused':
      return (
        `${session} has no tags, since STS refuses it with any (${plain(notice.code ?? 'no code')}). To see repository, run, workflow and ` +
        "actor on it, allow sts:TagSession in the role's trust policy; otherwise set session_tags: false, which saves the refused call."
      );
    case 'policy_refused':
      return (
        `${session} may do all that its role may: this STS refuses the session policy (${plain(notice.code)}). ` +
        'Set session_policy: none, which saves the refused call.'
      );
  }
}
