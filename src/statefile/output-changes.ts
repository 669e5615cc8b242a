import type { ContainerKind, Role } from './json-grammar.ts';
import type { TextSink } from './text-sink.ts';

/** What a plan does to outputs: names, each in at most one list, sorted. Never a value. */
export interface OutputChanges {
  readonly removed: readonly string[];
  /** Another kind of JSON: text, number, boolean, list or object. A plan does not name the types of earlier values. */
  readonly retyped: readonly string[];
  /** Another value, or one that is unknown until the apply. */
  readonly changed: readonly string[];
  readonly added: readonly string[];
  /** False when there were more names than are kept, or entries that are not changes of outputs. */
  readonly isComplete: boolean;
}

/** Takes what is inside of a plan's `output_changes`. */
export interface OutputChangesSink extends TextSink {
  /** Call once, after the last part. */
  result(): OutputChanges;
}

/** Every further name is left out. */
const MOST_NAMES = 10_000;
/** The UTF-16 units of all names. */
const MOST_TEXT = 512 * 1024;

// The number of containers around something in `{"output_changes": {"o": {"actions": ["create"]}}}`.
const IN_PLAN = 1;
const IN_OUTPUTS = 2;
const IN_OUTPUT = 3;
const IN_ACTIONS = 4;

type Kind = Exclude<keyof OutputChanges, 'isComplete'>;

/** Reads what a plan does to outputs. Keeps names and kinds. Source: Terraform's "JSON Output Format", `output_changes`. */
export function createOutputChangesSink(): OutputChangesSink {
  const names = createNames();
  let name = '';
  let field = '';
  let actions: string[] = [];
  let kinds = new Map<string, ContainerKind | Role>();

  const take = (kind: ContainerKind | Role, depth: number): void => {
    if (depth === IN_OUTPUT) kinds.set(field, kind);
    const isAbsent = kind === 'null' && depth === IN_PLAN;
    if (depth < IN_OUTPUT && kind !== 'object' && !isAbsent) names.leaveOut();
  };
  return {
    wantsText(role, depth) {
      if (role === 'key') return depth === IN_OUTPUTS || depth === IN_OUTPUT;
      return role === 'string' && depth === IN_ACTIONS && field === 'actions';
    },
    text(role, text, depth) {
      if (role !== 'key') actions.push(text);
      else if (depth === IN_OUTPUT) field = text;
      else name = text;
    },
    begin(role, depth) {
      if (role !== 'key') take(role, depth);
    },
    bytes: () => undefined,
    end: () => undefined,
    open(kind, depth) {
      take(kind, depth);
      if (depth !== IN_OUTPUTS) return;
      field = '';
      actions = [];
      kinds = new Map();
    },
    close(kind, depth) {
      if (depth !== IN_OUTPUTS || kind !== 'object') return;
      const change = toKind(actions, kinds.get('before'), kinds.get('after'));
      if (change === undefined) names.leaveOut();
      else if (change !== 'same') names.add(change, name);
    },
    result: names.result,
  };
}

function createNames() {
  const names = new Map<Kind, string[]>();
  let isComplete = true;
  let count = 0;
  let room = MOST_TEXT;
  const list = (kind: Kind): string[] => (names.get(kind) ?? []).sort();
  const leaveOut = (): void => {
    isComplete = false;
  };
  return {
    leaveOut,
    add(kind: Kind, name: string): void {
      count += 1;
      room -= name.length;
      if (count > MOST_NAMES || room < 0) {
        leaveOut();
        return;
      }
      const ones = names.get(kind) ?? [];
      ones.push(name);
      names.set(kind, ones);
    },
    result: (): OutputChanges => ({
      removed: list('removed'),
      retyped: list('retyped'),
      changed: list('changed'),
      added: list('added'),
      isComplete,
    }),
  };
}

/** Undefined for actions that no output has. A value that is unknown until the apply has no `after`. `null` has any type. */
function toKind(
  [action, ...more]: readonly string[],
  before: ContainerKind | Role | undefined,
  after: ContainerKind | Role | undefined,
): Kind | 'same' | undefined {
  if (more.length > 0) return undefined;
  if (action === 'no-op') return 'same';
  if (action === 'create') return 'added';
  if (action === 'delete') return 'removed';
  if (action !== 'update') return undefined;
  const isTyped = isKind(before) && isKind(after);
  return isTyped && before !== after ? 'retyped' : 'changed';
}

function isKind(kind: ContainerKind | Role | undefined): boolean {
  return kind !== undefined && kind !== 'null';
}
