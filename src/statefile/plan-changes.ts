import type { Role } from './json-grammar.ts';
import { type JsonEnd, JsonScanner } from './json-scanner.ts';
import { createOutputChangesSink, type OutputChanges } from './output-changes.ts';
import { gatherTexts, type TextSink } from './text-sink.ts';

/**
 * What a plan does to an object. `replace` destroys and recreates it, in either order. `forget` only removes it from
 * the state.
 */
export type PlannedAction = 'create' | 'read' | 'update' | 'delete' | 'replace' | 'forget' | 'no-op';

/** What a plan does to one object of a resource, without any of its values. */
export interface PlannedChange {
  readonly address: string;
  /** The address of its module; empty for the root module. */
  readonly module: string;
  readonly action: PlannedAction;
  /** The key of an object left by an earlier replacement (create_before_destroy); undefined for the current object. */
  readonly deposed: string | undefined;
}

/** What a plan does to resources and outputs, according to `terraform show -json`. */
export type PlanCheck =
  | {
      readonly kind: 'plan';
      readonly changes: readonly PlannedChange[];
      /** Undefined when the plan does not list outputs. */
      readonly outputs: OutputChanges | undefined;
      /** The version of Terraform or OpenTofu that planned; undefined when the plan does not say. */
      readonly terraformVersion: string | undefined;
    }
  /** `detail` ends the sentence "the file can't be used: ..."; contains no value of the plan. */
  | { readonly kind: 'invalid'; readonly detail: string };

export interface PlanReader {
  /** Takes the next bytes, split anywhere. */
  write(chunk: Uint8Array): void;
  /** Call once, after the last byte. */
  end(): PlanCheck;
}

/** More changes are refused: a gate that checks only a part would protect only a part. */
const MOST_CHANGES = 200_000;
/** The UTF-16 units of all kept addresses. */
const MOST_TEXT = 32 * 1024 * 1024;
/** Far below the length at which a text is cut, see `gatherTexts`. */
const LONGEST_ADDRESS = 4 * 1024;

// The number of containers around something in `{"resource_changes": [{"change": {"actions": ["create"]}}]}`.
const IN_PLAN = 1;
const IN_CHANGES = 2;
const IN_RESOURCE = 3;
const IN_CHANGE = 4;
const IN_ACTIONS = 5;

const KNOWN_FORMAT = /^[01]\.\d+$/;
const RESOURCE_FIELDS: ReadonlySet<string> = new Set(['address', 'module_address', 'deposed']);
/** The plan's own members that are strings. */
const VERSIONS: ReadonlySet<string> = new Set(['format_version', 'terraform_version']);
const NO_LIST = 'its resource_changes are not a list of objects';

/**
 * Reads what a plan does to resources and outputs from its JSON of any size as a stream. Keeps only addresses, names and
 * actions. Refuses unknown changes of resources, because a gate must not treat those as harmless. No gate checks outputs:
 * unknown changes of them only make their list incomplete. Source: Terraform's "JSON Output Format", `resource_changes`.
 */
export function createPlanReader(): PlanReader {
  const collector = createChangeCollector();
  const outputs = createOutputChangesSink();
  const seen = new Set<string>();
  const versions = new Map<string, string>();
  let isObject = false;
  let member = '';
  let resourceKey = '';
  let changeKey = '';

  const inChanges = (): boolean => member === 'resource_changes';
  const inActions = (): boolean => inChanges() && resourceKey === 'change' && changeKey === 'actions';
  const readKey = (text: string, depth: number): void => {
    if (depth === IN_CHANGE) changeKey = text;
    else if (depth === IN_RESOURCE) resourceKey = text;
    else {
      member = text;
      seen.add(text);
    }
  };
  const plan: TextSink = {
    wantsText(role, depth) {
      if (role === 'key')
        return depth === IN_PLAN || (inChanges() && (depth === IN_RESOURCE || depth === IN_CHANGE));
      if (role !== 'string') return false;
      if (depth === IN_PLAN) return VERSIONS.has(member);
      if (depth === IN_RESOURCE) return inChanges() && RESOURCE_FIELDS.has(resourceKey);
      return depth === IN_ACTIONS && inActions();
    },
    text(role, text, depth) {
      if (role === 'key') readKey(text, depth);
      else if (depth === IN_PLAN) versions.set(member, text);
      else if (depth === IN_RESOURCE) collector.field(resourceKey, text);
      else collector.action(text);
    },
    begin(role, depth) {
      // An entry that is not an object could hide a change.
      const isAbsent = role === 'null' && depth === IN_PLAN;
      if (inChanges() && role !== 'key' && depth <= IN_CHANGES && !isAbsent) collector.refuse(NO_LIST);
    },
    bytes: () => undefined,
    end: () => undefined,
    open(kind, depth) {
      if (depth === 0) isObject = kind === 'object';
      if (!inChanges() || depth > IN_CHANGES) return;
      if (kind !== (depth === IN_PLAN ? 'array' : 'object')) collector.refuse(NO_LIST);
    },
    close(_kind, depth) {
      if (depth === IN_CHANGES && inChanges()) collector.endResource();
    },
  };
  const sink = routeToOutputs(plan, outputs, () => member === 'output_changes');
  const scanner = new JsonScanner(gatherTexts(sink));
  return {
    write: (chunk) => scanner.write(chunk),
    end() {
      const broken = describeBroken(scanner.end());
      if (broken !== undefined) return invalid(broken);
      if (!isObject) return invalid('its top level is not an object');
      const format = versions.get('format_version');
      if (format === undefined) return invalid('it has no format_version');
      if (!KNOWN_FORMAT.test(format)) return invalid('its format_version is not 0 or 1');
      // A plan without changes has no resource_changes. A state, which the same command prints, has neither.
      if (!seen.has('resource_changes') && !seen.has('planned_values'))
        return invalid('it is not the JSON of a plan');
      const listed = seen.has('output_changes') ? outputs.result() : undefined;
      return collector.result(listed, versions.get('terraform_version'));
    },
  };
}

/** Why a text is not whole JSON. */
function describeBroken(end: JsonEnd): string | undefined {
  if (end.kind === 'stuck') return `it stops being JSON at byte ${end.at}`;
  if (end.kind === 'blank') return 'it is empty';
  return end.kind === 'unfinished' ? 'it ends in the middle' : undefined;
}

/** A sink that gives `outputs` the value of the member for which `isMember` is true, and `plan` everything else. */
function routeToOutputs(plan: TextSink, outputs: TextSink, isMember: () => boolean): TextSink {
  const sinkAt = (depth: number, role?: Role): TextSink => {
    const isInside = depth > IN_PLAN || (depth === IN_PLAN && role !== 'key');
    return isInside && isMember() ? outputs : plan;
  };
  return {
    wantsText: (role, depth) => sinkAt(depth, role).wantsText(role, depth),
    text: (role, text, depth) => sinkAt(depth, role).text(role, text, depth),
    begin: (role, depth) => sinkAt(depth, role).begin(role, depth),
    bytes: () => undefined,
    end: () => undefined,
    open: (kind, depth) => sinkAt(depth).open(kind, depth),
    close: (kind, depth) => sinkAt(depth).close(kind, depth),
  };
}

/** Collects the fields of one resource after another. */
function createChangeCollector() {
  const changes: PlannedChange[] = [];
  let problem: string | undefined;
  let room = MOST_TEXT;
  let fields = new Map<string, string>();
  let actions = new Set<string>();

  const refuse = (detail: string): void => {
    problem ??= detail;
  };
  const keep = (address: string, module: string): void => {
    const action = toAction(actions);
    if (action === undefined) refuse('one of its resource_changes has unknown actions');
    else changes.push({ address, module, action, deposed: fields.get('deposed') });
    room -= address.length + module.length;
    if (changes.length > MOST_CHANGES || room < 0) refuse('it changes more resources than can be checked');
  };
  return {
    refuse,
    field: (name: string, text: string): void => {
      if (text.length > LONGEST_ADDRESS) refuse('one of its addresses is too long');
      fields.set(name, text);
    },
    action: (text: string): void => {
      actions.add(text);
      if (!KNOWN_ACTIONS.has(text)) refuse('one of its resource_changes has an unknown action');
    },
    endResource(): void {
      const address = fields.get('address') ?? '';
      if (address === '') refuse('one of its resource_changes has no address');
      else if (problem === undefined) keep(address, fields.get('module_address') ?? '');
      fields = new Map();
      actions = new Set();
    },
    result: (outputs: OutputChanges | undefined, terraformVersion: string | undefined): PlanCheck =>
      problem === undefined ? { kind: 'plan', changes, outputs, terraformVersion } : invalid(problem),
  };
}

const SINGLE: ReadonlySet<PlannedAction> = new Set(['create', 'read', 'update', 'delete', 'forget', 'no-op']);
const KNOWN_ACTIONS: ReadonlySet<string> = SINGLE;

function toAction(actions: ReadonlySet<string>): PlannedAction | undefined {
  if (actions.size === 1) return [...SINGLE].find((action) => actions.has(action));
  if (actions.size !== 2 || !actions.has('create')) return undefined;
  if (actions.has('delete')) return 'replace';
  // OpenTofu's `destroy = false`: the replaced object stays, outside of the state.
  return actions.has('forget') ? 'forget' : undefined;
}

/** Whether a change ends the life of an object. Pure. */
export function isDestroyed({ action }: PlannedChange): boolean {
  return action === 'delete' || action === 'replace';
}

function invalid(detail: string): PlanCheck {
  return { kind: 'invalid', detail };
}
