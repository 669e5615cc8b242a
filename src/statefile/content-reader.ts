import { createFingerprinter } from './fingerprint.ts';
import { createInstanceCollector, type IndexLimits } from './instance-collector.ts';
import type { ScalarKind } from './json-grammar.ts';
import { createLenientHasher } from './lenient-hasher.ts';
import type { ResourceIndex } from './resource-index.ts';
import type { TextSink } from './text-sink.ts';

export interface StateContent {
  /** The hash of outputs and resources: equal for two texts of one state, whatever program wrote them. */
  readonly hash: string;
  /** Whether there are neither outputs nor resources. */
  readonly isEmpty: boolean;
  readonly resources: ResourceIndex | undefined;
}

export interface ContentReader extends TextSink {
  /** Names the top-level member that the next calls belong to. */
  enter(section: string): void;
  result(): StateContent;
}

/** The number of containers around something (docs/protocol.md#state-file). */
const IN_SECTION = 2;
const IN_RESOURCE = 3;
const IN_INSTANCES = 4;
const IN_INSTANCE = 5;

/** The fields that make up an address. */
const NAMING: ReadonlySet<string> = new Set(['module', 'mode', 'type', 'name', 'index_key', 'deposed']);
/** The fields that make a resource "changed" for a reader. The rest of an instance is Terraform's own bookkeeping. */
const VALUES: ReadonlySet<string> = new Set(['attributes', 'attributes_flat', 'status']);

/** Reads the `outputs` and `resources` of a state. */
export function createContentReader(limits: IndexLimits): ContentReader {
  const content = createFingerprinter();
  const values = createFingerprinter();
  const instances = createInstanceCollector(limits);
  let inResources = false;
  let isEmpty = true;
  let resourceKey = '';
  let instanceKey = '';
  let target = content;

  const hasher = createLenientHasher(() => target);
  const inInstances = () => inResources && resourceKey === 'instances';
  const isMember = (depth: number) =>
    (inResources && depth === IN_RESOURCE) || (depth === IN_INSTANCE && inInstances());
  const readKey = (name: string, depth: number) => {
    if (depth === IN_RESOURCE) resourceKey = name;
    else {
      instanceKey = name;
      target = VALUES.has(name) ? values : content;
    }
    // A key of 0 or "" distinguishes instances, so it never counts as absent.
    if (name === 'index_key') hasher.text('key', name, depth);
    else hasher.optionalKey(name);
  };
  const readField = (kind: ScalarKind, text: string, depth: number) => {
    if (depth === IN_RESOURCE) instances.resourceField(resourceKey, kind, text);
    else instances.instanceField(instanceKey, kind, text);
    hasher.text(kind, text, depth);
  };
  /** Every instance and resource must be an object in an array. */
  const check = (depth: number) => {
    isEmpty = false;
    if (inResources && (depth === IN_SECTION || (depth === IN_INSTANCES && inInstances())))
      instances.giveUp();
  };
  const endInstance = () => {
    const hash = values.finish();
    content.text(hash);
    instances.endInstance(hash);
  };

  return {
    enter(section) {
      inResources = section === 'resources';
      hasher.text('key', section, 1);
    },
    wantsText(role, depth) {
      if (!isMember(depth)) return false;
      return role !== 'string' || NAMING.has(depth === IN_RESOURCE ? resourceKey : instanceKey);
    },
    text(role, text, depth) {
      if (role === 'key') readKey(text, depth);
      else readField(role, text, depth);
    },
    begin(role, depth) {
      check(depth);
      hasher.begin(role, depth);
    },
    bytes: hasher.bytes,
    end: hasher.end,
    open(kind, depth) {
      if (depth >= IN_SECTION && kind === 'array') check(depth);
      if (depth >= IN_SECTION) isEmpty = false;
      hasher.open(kind, depth);
    },
    close(kind, depth) {
      const endsInstance = depth === IN_INSTANCES && inInstances();
      if (endsInstance) target = content;
      hasher.close(kind, depth);
      if (endsInstance) endInstance();
      if (depth === IN_SECTION && inResources) instances.endResource();
    },
    result: () => ({ hash: content.finish(), isEmpty, resources: instances.index() }),
  };
}
