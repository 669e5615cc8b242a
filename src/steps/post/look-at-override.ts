import type { Backend } from '../../backend/settings.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { toPreparation } from '../../job-state/preparation.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import { overrideGoneText, overrideUnreadText } from '../../messages/override-text.ts';
import { inspectOverride } from '../../workspace-files/working-directory.ts';

/**
 * Checks whether the job's Terraform used the pulled state until the end. Returns the StateError `override_changed`
 * when the override was changed. A missing one is only a notice. Throws nothing.
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
