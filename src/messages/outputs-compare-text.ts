import type { StateScope } from '../backend/state-error.ts';
import { brokenOutputLines } from './names-list.ts';
import { excerpt, plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

/** The log's line for a comparison. */
export function comparedLine(
  other: string,
  counts: Readonly<Record<'added' | 'changed' | 'removed' | 'retyped', readonly string[]>>,
): string {
  const { added, changed, removed, retyped } = counts;
  const what = `${added.length} added, ${changed.length} changed, ${removed.length} removed, ${retyped.length} retyped`;
  return `Compared with ${plain(other)}: ${what}.`;
}

/** The warning for whoever changes a stack that others read. */
export function brokenWarning(removed: readonly string[], retyped: readonly string[], other: string): string {
  const lines = [
    ...brokenOutputLines(removed, retyped),
    `They are compared with ${plain(other)}. Stacks that read these outputs will fail, or get values of the wrong type. Change those stacks first.`,
  ];
  return lines.join('\n');
}

export function nothingEarlierNotice(other: string): string {
  return `There are no outputs to compare with yet (${plain(other)}), so each output counts as added.`;
}

export function explainNoVersion(scope: StateScope, versionId: string): string {
  return [
    `compare_with: there is no version ${excerpt(versionId, 200)} of ${stateUrl(scope)}.`,
    'history/ lists the versions (command: list). A lifecycle rule may have removed this one. Nothing was set.',
  ].join('\n');
}

export function explainNoFingerprint(scope: StateScope, fingerprint: string, count: number): string {
  return [
    `compare_with: none of the newest ${count} versions of ${stateUrl(scope)} has the fingerprint ${plain(fingerprint)}.`,
    'A fingerprint identifies a state but does not contain its outputs, so the action searches the versions that the bucket keeps. Turn on versioning, or keep an outputs_file and compare with file:PATH. Nothing was set.',
  ].join('\n');
}

export function explainUnreadableFile(path: string, why = 'it contains no JSON object of outputs'): string {
  return [
    `compare_with: ${plain(path)} can't be read (${plain(why)}).`,
    'Give a file that outputs_file (.json) or publish_outputs wrote. Nothing was set.',
  ].join('\n');
}
