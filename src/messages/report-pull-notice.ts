import type { Backend } from '../backend/settings.ts';
import type { PullNotice } from '../backend/state/consistency.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { explain } from './explain.ts';
import { stateUrl } from './state-url.ts';

/** Reports findings of a read that Terraform only logs. */
export function reportPullNotice(
  { runner, clock }: Pick<Dependencies, 'runner' | 'clock'>,
  backend: Backend,
  notice: PullNotice,
): void {
  const { table } = backend;
  if (notice.kind === 'waiting_for_consistency') {
    const { calculated, stored } = notice;
    runner.info(
      `MD5 ${calculated || '(no object)'} does not yet match the table's ${stored}. Reading again in 2s.`,
    );
  } else if (notice.kind === 'empty_object') {
    runner.warning(`${stateUrl(backend)} is empty. The action treats it as "no state yet".`);
  } else if (table !== undefined && notice.digest.kind === 'unreadable') {
    const why = explain(notice.digest.error, clock.now());
    runner.warning(`The digest could not be read, so the pulled state may not be the newest. ${why}`);
  } else if (table !== undefined) {
    const what = notice.digest.kind === 'absent' ? 'no digest' : 'no usable digest';
    runner.warning(`Table ${table} has ${what} for this state, so the pulled state may not be the newest.`);
  }
}
