import type { StateScope } from '../backend/state-error.ts';
import { code, htmlTable } from './html.ts';
import { plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

const MOST_SHOWN = 20;

/** The log's line about what the workspaces action did. Pure. */
export function workspaceLine(end: 'created' | 'exists' | 'deleted' | 'missing', scope: StateScope): string {
  const name = `Workspace ${plain(scope.address.workspace)}`;
  const state = stateUrl(scope);
  switch (end) {
    case 'created':
      return `${name} was created with an empty state: ${state}.`;
    case 'exists':
      return `${name} already exists: ${state}.`;
    case 'deleted':
      return `${name} was deleted with its state ${state}, its digest and its published outputs.`;
    case 'missing':
      return `${name} has no state at ${state}: there is nothing to delete.`;
  }
}

/** The log's line about plans deleted with a workspace. Pure. */
export function plansDeletedLine(scope: StateScope, plans: number): string {
  const which = plans === 1 ? 'one plan' : `${plans} plans`;
  return `Deleted ${which} of workspace ${plain(scope.address.workspace)} in ${stateUrl(scope)}.plans/: they no longer fit any state.`;
}

/** The log's line for a list. Pure. */
export function listedLine(names: readonly string[], bucket: string): string {
  const shown = names.slice(0, MOST_SHOWN).map(plain).join(', ');
  const more = names.length > MOST_SHOWN ? `, and ${names.length - MOST_SHOWN} more` : '';
  const count = names.length === 1 ? 'One workspace' : `${names.length} workspaces`;
  return `${count} in bucket ${bucket}: ${shown}${more}.`;
}

/** Why a workspace was not deleted, and what to do. `addresses`: of its managed resources; undefined when unknown. Pure. */
export function explainNotEmpty(scope: StateScope, addresses: readonly string[] | undefined): string {
  const name = `Workspace ${plain(scope.address.workspace)}`;
  const force = 'Or set force: true. Then nothing manages them any more.';
  if (addresses === undefined) {
    return [
      `${name} was not deleted: the action can't tell what its state ${stateUrl(scope)} manages.`,
      'Set force: true to delete it anyway.',
    ].join('\n');
  }
  const shown = addresses.slice(0, MOST_SHOWN).map((address) => `  ${plain(address)}`);
  const more = addresses.length - shown.length;
  return [
    `${name} was not deleted: its state ${stateUrl(scope)} still manages ${count(addresses.length)}.`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
    `Destroy them first, with terraform destroy in that workspace. ${force}`,
  ].join('\n');
}

function count(resources: number): string {
  return resources === 1 ? 'one resource' : `${resources} resources`;
}

/** The job's page. Pure. */
export function renderWorkspaces(title: string, rows: readonly (readonly [string, string])[]): string {
  return [`### ${title}`, '', htmlTable(rows.map(([name, text]) => [name, code(text)])), ''].join('\n');
}
