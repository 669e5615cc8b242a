import type { Backend } from '../../backend/settings.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { toPreparation } from '../../job-state/preparation.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import { overrideGoneText, overrideUnreadText } from '../../messages/override-text.ts';
import { inspectOverride } from '../../workspace-files/working-directory.ts';

/**
 * Whether the job's Terraform was led to the pulled state to the end. Returns the StateError `override_changed` where the
 * override says something else; one that is merely gone is a notice. Throws nothing.
 */
export async function lookAtOverride(
  { runner, clock }: Pick<Dependencies, 'runner' | 'clock'>,
  backend: Backend,
  session: Session,
): Promise<StateError[]> {
  const preparation = toPreparation(session);
  if (preparation === undefined) return [];
  try {
    const { gone, changed } = await inspectOverride(preparation);
    if (gone.length > 0) {
      runner.notice(overrideGoneText(gone));
    }
    return changed.length === 0
      ? []
      : [new StateError({ reason: 'override_changed', paths: changed }, backend)];
  } catch (error) {
    runner.warning(overrideUnreadText(explain(error, clock.now())));
    return [];
  }
}
