import type { FileWarning } from '../workspace-files/file-warning.ts';
import { plain } from './plain.ts';

/** The warning about a file that stays on the disk. Pure. */
export function fileWarningText(warning: FileWarning): string {
  switch (warning.kind) {
    case 'not_removed':
      return `${warning.path} could not be removed and still contains the state: ${plain(warning.why)}`;
    case 'not_restored':
      return `${warning.path} could not be restored: ${plain(warning.why)}`;
    case 'not_ours':
      return `${warning.path} no longer belongs to this step, so it stays.`;
  }
}
