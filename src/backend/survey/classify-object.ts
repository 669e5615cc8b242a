import { findRecordedPlan } from '../plan-vault/list-plans.ts';

/**
 * The kind of an object in a bucket of states, according to its key. `objectKey`: the key of the state that it belongs
 * to.
 */
export type ObjectKind =
  | { readonly kind: 'lock_file'; readonly objectKey: string }
  | { readonly kind: 'rescue_copy'; readonly objectKey: string; readonly name: string }
  | { readonly kind: 'plan_record'; readonly objectKey: string; readonly planId: string }
  /** It may be a state. */
  | { readonly kind: 'other' };

const LOCK_FILE = '.tflock';
const IN_FOLDER = /^(.*[^/])\.(rescue|plans)\/([^/]+)$/s;

/** Classifies an object by its key alone. Pure. */
export function classifyObject(key: string): ObjectKind {
  if (key.endsWith(LOCK_FILE) && key.length > LOCK_FILE.length) {
    return { kind: 'lock_file', objectKey: key.slice(0, -LOCK_FILE.length) };
  }
  const [, objectKey, folder, name] = IN_FOLDER.exec(key) ?? [];
  if (objectKey === undefined || name === undefined) return { kind: 'other' };
  if (folder === 'rescue') return { kind: 'rescue_copy', objectKey, name };
  const planId = findRecordedPlan(name);
  return planId === undefined ? { kind: 'other' } : { kind: 'plan_record', objectKey, planId };
}
