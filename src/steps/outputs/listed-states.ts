import { readUniqueList } from '../../inputs/list-inputs.ts';
import type { Replacements } from '../../inputs/read-backend-as.ts';
import { rejectKeyBeside } from '../../inputs/reject-key.ts';
import { readStateLines, type StateLine, type StateListRules } from '../../inputs/state-lines.ts';
import { placeholderFor, toReplacements } from '../../inputs/state-list-inputs.ts';
import type { Environment, InputReader } from '../../runner/inputs.ts';

/** What distinguishes several states of a step. */
export type ListedBy = 'workspaces' | 'states';

/** One of several states: its name, and the inputs that replace the backend's own. */
export interface ListedState {
  readonly name: string;
  readonly replacements: Replacements;
  /** Undefined unless `states` lists it. */
  readonly line?: StateLine;
}

/** The states of a step; `by` is undefined for that of the backend's own inputs. */
export interface StateList {
  readonly by: ListedBy | undefined;
  readonly states: readonly [ListedState, ...ListedState[]];
}

const ONE: ListedState = { name: '', replacements: {} };

const RULES: StateListRules = {
  settings: ['workspace'],
  whyNamed: 'the step outputs begin with it',
};

/** Reads the list of states from `workspaces` or `states`. Problems go to the reader; those of one state come later. */
export function readStateList(reader: InputReader, env: Environment): StateList {
  const workspaces = readUniqueList(reader, 'workspaces');
  const lines = readStateLines(reader, 'states', RULES);
  if (lines !== undefined) {
    const fix = 'give workspaces or states, not both';
    if (workspaces.length > 0) reader.reject('states', reader.text('states'), fix);
    rejectKeyBeside(reader, env, 'states');
    rejectComparedLocation(reader);
    const states = lines.map(
      (line): ListedState => ({
        name: line.name,
        replacements: toReplacements(line, 'states'),
        line,
      }),
    );
    const unread: ListedState = { name: '', replacements: placeholderFor('states') };
    return { by: 'states', states: withFirst(states, unread) };
  }
  const single = reader.text('workspace');
  if (workspaces.length > 0 && single !== undefined) {
    reader.reject('workspace', single, 'give workspace or workspaces, not both');
  }
  const listed = workspaces.map(
    (value): ListedState => ({
      name: value,
      replacements: { workspace: { input: 'workspaces', value } },
    }),
  );
  return { by: workspaces.length > 0 ? 'workspaces' : undefined, states: withFirst(listed, ONE) };
}

function withFirst([first, ...others]: readonly ListedState[], otherwise: ListedState): StateList['states'] {
  return [first ?? otherwise, ...others];
}

function rejectComparedLocation(reader: InputReader): void {
  for (const input of ['compare_key', 'compare_workspace']) {
    const value = reader.text(input);
    if (value !== undefined) reader.reject(input, value, 'leave it out: states names the keys of all states');
  }
}
