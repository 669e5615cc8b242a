import { DEFAULT_WORKSPACE } from '../address.ts';
import { keysOfPage, listPage } from '../objects/list-objects.ts';
import type { Backend } from '../settings.ts';

/** The settings that name the objects of workspaces. */
export interface WorkspacePaths {
  readonly key: string;
  /** Empty when there is no prefix and the workspaces are folders of the bucket. */
  readonly workspaceKeyPrefix: string;
}

/** The objects after a key, in bytewise order; all from the first one when undefined. */
export type ListAfter = (after: string | undefined) => Promise<ListedKeys>;

export interface ListedKeys {
  readonly keys: readonly string[];
  readonly isLast: boolean;
}

/**
 * The workspaces that Terraform lists for a state (docs/protocol.md#listing-workspaces): first `default`, whether or
 * not it has a state, then those whose object exists, in bytewise order. Errors: AwsError.
 */
export async function listWorkspaces(backend: Backend, paths: WorkspacePaths): Promise<string[]> {
  const prefix = paths.workspaceKeyPrefix === '' ? '' : `${paths.workspaceKeyPrefix}/`;
  return await collectWorkspaces((after) => listAfter(backend, prefix, after), prefix, paths.key);
}

/**
 * The same for what `list` returns below a prefix. If a page ends within a workspace's folder, the next page starts at
 * its state or after the folder. This skips other objects in it, however many there are. Errors: those of `list`.
 */
export async function collectWorkspaces(list: ListAfter, prefix: string, key: string): Promise<string[]> {
  const found: string[] = [];
  let after: string | undefined;
  for (;;) {
    const { keys, isLast } = await list(after);
    for (const objectKey of keys) {
      const name = parseWorkspace(objectKey, prefix, key);
      if (name !== undefined && name !== DEFAULT_WORKSPACE) found.push(name);
    }
    const last = keys.at(-1);
    // A store that returns the same objects again would make this loop endless.
    if (isLast || last === undefined || (after !== undefined && compareBytes(last, after) <= 0)) break;
    after = skipFrom(last, prefix, key);
  }
  return [DEFAULT_WORKSPACE, ...found.toSorted(compareBytes)];
}

/** The workspace whose state has this key; undefined when there is none. Pure. */
function parseWorkspace(objectKey: string, prefix: string, key: string): string | undefined {
  if (!objectKey.startsWith(prefix)) return undefined;
  const slash = objectKey.indexOf('/', prefix.length);
  if (slash <= prefix.length) return undefined;
  return objectKey.slice(slash + 1) === key ? objectKey.slice(prefix.length, slash) : undefined;
}

/** Where the listing continues after this key. No workspace's state is in between. Pure. */
function skipFrom(last: string, prefix: string, key: string): string {
  const slash = last.indexOf('/', prefix.length);
  if (slash <= prefix.length) return last;
  const state = `${last.slice(0, slash + 1)}${key}`;
  // "0" follows "/", so everything in the folder sorts before it.
  if (compareBytes(last, state) >= 0) return `${last.slice(0, slash)}0`;
  const before = justBefore(state);
  return compareBytes(before, last) > 0 ? before : last;
}

/** A text that sorts just before this one; empty when the last letter is not simple. */
function justBefore(text: string): string {
  const code = text.charCodeAt(text.length - 1);
  return code > 0x21 && code < 0x7f ? `${text.slice(0, -1)}${String.fromCharCode(code - 1)}` : '';
}

/** S3's order: UTF-8, not UTF-16. */
function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

async function listAfter(backend: Backend, prefix: string, after: string | undefined): Promise<ListedKeys> {
  const page = await listPage(backend, prefix, { StartAfter: after });
  return { keys: keysOfPage(page), isLast: page.IsTruncated !== true };
}
