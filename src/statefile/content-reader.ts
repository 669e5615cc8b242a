import { createFingerprinter, type Fingerprinter } from './fingerprint.ts';
import { createInstanceCollector, type IndexLimits } from './instance-collector.ts';
import type { JsonSink, ScalarKind } from './json-grammar.ts';
import { createLenientHasher } from './lenient-hasher.ts';
import type { ResourceIndex } from './resource-index.ts';

export interface StateContent {
  /** Hash of outputs and resources: equal for two texts of one state, whoever wrote them. */
  readonly hash: string;
  /** Neither outputs nor resources. */
  readonly isEmpty: boolean;
  readonly resources: ResourceIndex | undefined;
}

export interface ContentReader extends JsonSink {
  /** The top-level member that what follows belongs to. */
  enter(section: string): void;
  result(): StateContent;
}

/** How many containers surround a thing (spec 7.1). */
const IN_SECTION = 2;
const IN_RESOURCE = 3;
const IN_INSTANCES = 4;
const IN_INSTANCE = 5;

/** What makes a resource "changed" for a reader; the rest of an instance is Terraform's own book-keeping. */
const VALUES: ReadonlySet<string> = new Set(['attributes', 'attributes_flat', 'status']);
/** A place, not a value: 0 and "" are proper keys. */
const IDENTIFYING = 'index_key';

/** Reads the `outputs` and `resources` of a state. */
export function createContentReader(limits: IndexLimits): ContentReader {
  const content = createFingerprinter();
  const instances = createInstanceCollector(limits);
  let section = '';
  let isEmpty = true;
  let resourceKey = '';
  let instanceKey = '';
  let values: Fingerprinter | undefined;

  const inInstances = () => section === 'resources' && resourceKey === 'instances';
  const current = () => (values !== undefined && VALUES.has(instanceKey) ? values : content);
  const isOptional = (name: string, depth: number) =>
    section === 'resources' &&
    name !== IDENTIFYING &&
    (depth === IN_RESOURCE || (depth === IN_INSTANCE && inInstances()));
  const hasher = createLenientHasher(current, isOptional);
  const isMisplaced = (depth: number) => depth === IN_SECTION || (depth === IN_INSTANCES && inInstances());
  const startInstance = () => {
    values = createFingerprinter();
    instanceKey = '';
  };
  const endInstance = () => {
    if (values === undefined) return;
    const hash = values.finish();
    values = undefined;
    content.mark(hash);
    instances.endInstance(hash);
  };
  const readField = (kind: ScalarKind, text: string, depth: number) => {
    if (isMisplaced(depth)) instances.giveUp();
    if (depth === IN_RESOURCE) instances.resourceField(resourceKey, kind, text);
    if (depth === IN_INSTANCE && inInstances()) instances.instanceField(instanceKey, kind, text);
  };

  return {
    enter(name) {
      section = name;
    },
    key(name, depth) {
      isEmpty = false;
      if (section === 'resources' && isMisplaced(depth)) instances.giveUp();
      if (depth === IN_RESOURCE) resourceKey = name;
      if (depth === IN_INSTANCE) instanceKey = name;
      hasher.key(name, depth);
    },
    scalar(kind, text, depth) {
      isEmpty = false;
      if (section === 'resources') readField(kind, text, depth);
      hasher.scalar(kind, text, depth);
    },
    open(kind, depth) {
      if (depth >= IN_SECTION) isEmpty = false;
      hasher.open(kind, depth);
      if (depth === IN_INSTANCES && inInstances()) startInstance();
    },
    close(kind, depth) {
      if (depth === IN_INSTANCES && inInstances()) instanceKey = '';
      hasher.close(kind, depth);
      if (depth === IN_INSTANCES && inInstances()) endInstance();
      if (depth === IN_SECTION && section === 'resources') instances.endResource();
    },
    result: () => ({ hash: content.finish(), isEmpty, resources: instances.index() }),
  };
}
