import { formatAddress } from './address.ts';
import type { Role } from './json-grammar.ts';
import {
  createTreeBuilder,
  isJsonNumber,
  isJsonObject,
  type JsonValue,
  type TreeBuilder,
} from './json-tree.ts';
import { type LookupStep, type ResourceLookup, unquote } from './parse-lookup.ts';
import type { TextSink } from './text-sink.ts';

/**
 * The result of a lookup. `no_instance`: no resource has that address. `no_attribute`: it exists, but without this
 * attribute.
 */
export type LookupFinding =
  | { readonly kind: 'found'; readonly value: JsonValue; readonly sensitive: boolean }
  | { readonly kind: 'no_instance' | 'no_attribute' };

export interface LookupReader {
  /** For everything below the top-level member `resources`. */
  readonly sink: TextSink;
  /** By the names of the lookups. Undefined when an address comes after its instances, so nothing can be looked up. */
  findings(): ReadonlyMap<string, LookupFinding> | undefined;
}

/** The number of containers around something (docs/protocol.md#state-file). */
const IN_RESOURCE = 3;
const IN_INSTANCES = 4;
const IN_INSTANCE = 5;
const IN_ATTRIBUTES = 6;

const NAMING: ReadonlySet<string> = new Set(['module', 'mode', 'type', 'name']);

interface InstanceKey {
  readonly kind: 'number' | 'string';
  readonly text: string;
}

/** A lookup in the resource that goes by, and the keys of its module's wildcards. */
interface WantedLookup {
  readonly lookup: ResourceLookup;
  readonly moduleKeys: readonly (InstanceKey | undefined)[];
}

interface FoundInstance {
  /** The key that each wildcard of the address matched. */
  readonly keys: readonly (InstanceKey | undefined)[];
  /** Undefined when the attribute does not exist. */
  readonly value: JsonValue | undefined;
  readonly sensitive: boolean;
}

/** Finds attributes of resources in a streamed state and keeps nothing else. */
export function createLookupReader(lookups: readonly ResourceLookup[]): LookupReader {
  const found = new Map<ResourceLookup, FoundInstance[]>();
  const modules = lookups.map((lookup) => ({ lookup, pattern: matchModule(lookup.moduleParts) }));
  let fields = new Map<string, string>();
  let wanted: readonly WantedLookup[] = [];
  let hasInstances = false;
  let isOutOfOrder = false;
  let resourceKey = '';
  let instanceKey = '';
  let attribute = '';
  let key: InstanceKey | undefined;
  let isDeposed = false;
  let attributes = new Map<string, JsonValue>();
  let sensitivePaths: JsonValue | undefined;
  let tree: TreeBuilder | undefined;

  const isInInstances = () => resourceKey === 'instances' && wanted.length > 0;
  const isWantedValue = (depth: number) =>
    isInInstances() &&
    ((depth === IN_ATTRIBUTES &&
      instanceKey === 'attributes' &&
      wanted.some(({ lookup }) => lookup.path[0]?.text === attribute)) ||
      (depth === IN_INSTANCE && instanceKey === 'sensitive_attributes'));
  const keep = (depth: number) => {
    const value = tree?.value();
    tree = undefined;
    if (depth === IN_INSTANCE) sensitivePaths = value;
    else if (value !== undefined) attributes.set(attribute, value);
  };
  const beginInstances = () => {
    hasInstances = true;
    wanted = modules.flatMap(({ lookup, pattern }) => {
      const match = isOfResource(lookup, fields) ? pattern.exec(fields.get('module') ?? '') : null;
      return match === null ? [] : [{ lookup, moduleKeys: match.slice(1).map(parseIndex) }];
    });
  };
  const endInstance = () => {
    for (const { lookup, moduleKeys } of isDeposed ? [] : wanted) {
      if (!fitsKey(lookup, key)) continue;
      const keys = lookup.key === 'all' ? [...moduleKeys, key] : moduleKeys;
      const value = resolvePath(attributes, lookup.path);
      const sensitive = isSensitivePath(sensitivePaths, lookup);
      const instances = found.get(lookup) ?? [];
      instances.push({ keys, value, sensitive });
      found.set(lookup, instances);
    }
    key = undefined;
    isDeposed = false;
    attributes = new Map();
    sensitivePaths = undefined;
  };
  const endResource = () => {
    fields = new Map();
    wanted = [];
    hasInstances = false;
    resourceKey = '';
  };
  const readKey = (text: string, depth: number) => {
    if (depth === IN_RESOURCE) {
      resourceKey = text;
      if (hasInstances && NAMING.has(text)) isOutOfOrder = true;
    } else if (depth === IN_INSTANCE) instanceKey = text;
    else attribute = text;
  };
  const readField = (role: Role, text: string, depth: number) => {
    if (depth === IN_RESOURCE) {
      if (role === 'string') fields.set(resourceKey, text);
    } else if (instanceKey === 'deposed') isDeposed = role === 'string' && text !== '';
    else if (role === 'number' || role === 'string') key = { kind: role, text };
  };

  const sink: TextSink = {
    wantsText(role, depth) {
      if (depth === IN_RESOURCE) return role === 'key' || NAMING.has(resourceKey);
      if (!isInInstances()) return false;
      if (depth === IN_ATTRIBUTES) return role === 'key' && instanceKey === 'attributes';
      return (
        depth === IN_INSTANCE && (role === 'key' || instanceKey === 'index_key' || instanceKey === 'deposed')
      );
    },
    text(role, text, depth) {
      if (role === 'key') readKey(text, depth);
      else readField(role, text, depth);
    },
    begin(role, depth) {
      if (tree === undefined && isWantedValue(depth)) tree = createTreeBuilder();
      tree?.sink.begin(role, depth);
    },
    bytes(buffer, from, to) {
      tree?.sink.bytes(buffer, from, to);
    },
    end(role, depth) {
      tree?.sink.end(role, depth);
      if (tree !== undefined && isWantedValue(depth)) keep(depth);
    },
    open(kind, depth) {
      if (depth === IN_RESOURCE && resourceKey === 'instances') beginInstances();
      if (tree === undefined && isWantedValue(depth)) tree = createTreeBuilder();
      tree?.sink.open(kind, depth);
    },
    close(kind, depth) {
      tree?.sink.close(kind, depth);
      if (tree !== undefined && isWantedValue(depth)) keep(depth);
      if (depth === IN_INSTANCES && isInInstances()) endInstance();
      if (depth === IN_RESOURCE - 1) endResource();
    },
  };
  return {
    sink,
    findings: () =>
      isOutOfOrder
        ? undefined
        : new Map(lookups.map((lookup) => [lookup.name, conclude(lookup, found.get(lookup) ?? [])])),
  };
}

/** The address of a module with a wildcard index between each two parts; a call without `count` and `for_each` has no index. */
function matchModule(parts: readonly string[]): RegExp {
  const index = String.raw`(\[\d+\]|\["(?:[^"\\]|\\.)*"\])?`;
  return new RegExp(`^${parts.map(escapePattern).join(index)}$`, 'su');
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}/]/g, String.raw`\$&`).replaceAll('-', String.raw`\x2d`);
}

function parseIndex(text: string | undefined): InstanceKey | undefined {
  const inner = text?.slice(1, -1) ?? '';
  if (inner === '') return undefined;
  if (!inner.startsWith('"')) return { kind: 'number', text: inner };
  return { kind: 'string', text: unquote(inner) ?? inner };
}

function isOfResource(lookup: ResourceLookup, fields: ReadonlyMap<string, string>): boolean {
  return (
    fields.get('mode') === lookup.mode &&
    fields.get('type') === lookup.type &&
    fields.get('name') === lookup.resource
  );
}

function fitsKey({ key }: ResourceLookup, found: InstanceKey | undefined): boolean {
  if (key === 'all') return true;
  return key?.kind === found?.kind && key?.text === found?.text;
}

function resolvePath(
  attributes: ReadonlyMap<string, JsonValue>,
  path: readonly LookupStep[],
): JsonValue | undefined {
  let value: JsonValue | undefined = attributes;
  for (const { kind, text } of path) {
    if (isJsonObject(value)) value = kind === 'number' ? undefined : value.get(text);
    else value = Array.isArray(value) && kind === 'number' ? value[Number(text)] : undefined;
  }
  return value;
}

/**
 * For a state of an older Terraform, which does not mark these: it knew what a configuration calls sensitive, but not
 * what a provider does.
 */
const SECRET_NAME =
  /passw|passphrase|secret|token|private_?key|credential|api_?key|access_?key|connection_string/i;
/** These names refer to a secret's location, not to the secret itself. */
const REFERENCE = /_(?:arn|id|name|version)$/i;

/**
 * Whether any part of the path is sensitive: a value that contains a sensitive part is sensitive, and so is anything
 * within one. Without marks, everything is sensitive.
 */
function isSensitivePath(marks: JsonValue | undefined, { type, path }: ResourceLookup): boolean {
  if (type === 'random_password') return true;
  if (path.some(({ text }) => SECRET_NAME.test(text) && !REFERENCE.test(text))) return true;
  if (!Array.isArray(marks)) return true;
  return marks.some(
    (mark: JsonValue) => !Array.isArray(mark) || mark.every((step, i) => mayBe(step, path[i])),
  );
}

/** An unknown step may be any step. */
function mayBe(mark: JsonValue | undefined, step: LookupStep | undefined): boolean {
  if (step === undefined || !isJsonObject(mark)) return true;
  const value = mark.get('value');
  const text = isJsonObject(value) ? value.get('value') : value;
  if (typeof text === 'string') return text === step.text;
  return isJsonNumber(text) ? text.digits === step.text : true;
}

function conclude({ moduleParts, key }: ResourceLookup, found: readonly FoundInstance[]): LookupFinding {
  const values = found.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const [first] = values;
  if (first === undefined) return { kind: found.length === 0 ? 'no_instance' : 'no_attribute' };
  if (values.length < found.length) return { kind: 'no_attribute' };
  const sensitive = found.some((instance) => instance.sensitive);
  const depth = moduleParts.length - 1 + (key === 'all' ? 1 : 0);
  return { kind: 'found', value: collect(found, 0, depth) ?? first, sensitive };
}

/** One level for each wildcard: for `count` a list in order, for `for_each` an object by key. */
function collect(found: readonly FoundInstance[], level: number, depth: number): JsonValue | undefined {
  if (level === depth) return found[0]?.value;
  const groups = Map.groupBy(found, ({ keys }) => `${keys[level]?.kind} ${keys[level]?.text}`);
  const collected = Array.from(groups.values(), (instances) => {
    const value = collect(instances, level + 1, depth) ?? null;
    return { key: instances[0]?.keys[level], value };
  });
  if (collected.every(({ key }) => key?.kind !== 'string')) {
    const sorted = collected.sort((a, b) => Number(a.key?.text ?? 0) - Number(b.key?.text ?? 0));
    return sorted.map(({ value }) => value);
  }
  const entries = collected.map(({ key, value }): [string, JsonValue] => [key?.text ?? '', value]);
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The address of a lookup's resource, without its attribute. Pure. */
export function formatLookup({ moduleParts, mode, type, resource, key }: ResourceLookup): string {
  const address = formatAddress({
    module: moduleParts.join('[*]'),
    type: mode === 'data' ? `data.${type}` : type,
    name: resource,
    index: key === 'all' ? undefined : key,
    deposed: undefined,
  });
  return key === 'all' ? `${address}[*]` : address;
}
