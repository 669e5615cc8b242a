import type { Replacements } from '../../inputs/read-backend-as.ts';
import type { InputReader } from '../../runner/inputs.ts';

/** What distinguishes several states of a step. */
export type ListedBy = 'workspaces' | 'states';

/** One of several states: its name, and the inputs that replace the backend's own. */
export interface ListedState {
  readonly name: string;
  readonly replacements: Replacements;
}

/** The states of a step; `by` is undefined for that of the backend's own inputs. */
export interface StateList {
  readonly by: ListedBy | undefined;
  readonly states: readonly [ListedState, ...ListedState[]];
}

const ONE: ListedState = { name: '', replacements: {} };
const FORM =
  'write NAME=KEY on each line, such as network=network/terraform.tfstate, followed by workspace=NAME if needed';
/** What a workflow can address, without `.`, which separates the state from its output. */
const STATE_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const LINE = /^([^=]*?)\s*=\s*(.*?)(?:\s+workspace=(\S+))?$/;

/** Reads the list of states from `workspaces` or `states`. Problems go to the reader; those of one state come later. */
export function readStateList(reader: InputReader, own: InputReader): StateList {
  const workspaces = parseList(reader.text('workspaces'));
  const states = reader.text('states');
  if (states !== undefined) {
    if (workspaces.length > 0) reader.reject('states', states, 'give workspaces or states, not both');
    rejectOwnLocation(reader, own);
    return { by: 'states', states: orOne(readStates(reader, states)) };
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
  return { by: workspaces.length > 0 ? 'workspaces' : undefined, states: orOne(listed) };
}

/** The items of a list input: one per line, or separated by commas. Duplicates count once. Pure. */
export function parseList(text: string | undefined): string[] {
  const items = (text ?? '').split(/[\n,]/).map((item) => item.trim());
  return [...new Set(items.filter((item) => item !== ''))];
}

function orOne([first, ...others]: readonly ListedState[]): StateList['states'] {
  return [first ?? ONE, ...others];
}

/** `own` reads only the step's inputs, because a backend block always has a key. */
function rejectOwnLocation(reader: InputReader, own: InputReader): void {
  for (const input of ['key', 'compare_key', 'compare_workspace']) {
    const value = own.text(input);
    if (value !== undefined) reader.reject(input, value, `leave it out: states names the keys of all states`);
  }
}

function readStates(reader: InputReader, text: string): ListedState[] {
  const lines = text.split('\n').map((line) => line.trim());
  const states = lines.filter((line) => line !== '').map((line) => readLine(reader, line));
  const seen = new Set<string>();
  for (const { name } of states) {
    if (name !== '' && seen.has(name.toLowerCase()))
      reader.reject('states', name, 'give each state its own name');
    seen.add(name.toLowerCase());
  }
  return states;
}

/** For an unreadable line, a valid location, so only that one problem is reported. */
function readLine(reader: InputReader, line: string): ListedState {
  const [, name = '', key = '', workspace] = LINE.exec(line) ?? [];
  const isWhole = key !== '' && STATE_NAME.test(name);
  if (!isWhole) {
    const isForm = key === '' || name === '';
    reader.reject('states', line, isForm ? FORM : 'name it with letters, digits, _ and -, no digit in front');
  }
  const given = { input: 'states', value: line };
  const where = { key: { ...given, backendValue: isWhole ? key : 'unread' } };
  if (workspace === undefined) return { name, replacements: where };
  return { name, replacements: { ...where, workspace: { ...given, backendValue: workspace } } };
}
