import { formatAddress } from './address.ts';
import type { ScalarKind } from './json-grammar.ts';
import type { ResourceIndex } from './resource-index.ts';

/** Beyond either limit there is no index, which bounds memory for any state. */
export interface IndexLimits {
  readonly instances: number;
  /** The UTF-16 units of all addresses together. */
  readonly addressLength: number;
}

export interface InstanceCollector {
  resourceField(name: string, kind: ScalarKind, text: string): void;
  instanceField(name: string, kind: ScalarKind, text: string): void;
  endInstance(hash: string): void;
  endResource(): void;
  /**
   * The state does not have the structure of a state (docs/protocol.md#state-file), so nothing is known about its
   * resources.
   */
  giveUp(): void;
  /** Undefined after `giveUp`, and when a limit was exceeded. */
  index(): ResourceIndex | undefined;
}

interface Instance {
  readonly index: { readonly kind: 'number' | 'string'; readonly text: string } | undefined;
  readonly deposed: string | undefined;
}

const NO_INSTANCE: Instance = { index: undefined, deposed: undefined };

/** Collects instances and gives them their addresses once all fields of their resource are known. */
export function createInstanceCollector(limits: IndexLimits): InstanceCollector {
  const index = new Map<string, string>();
  let known = true;
  let room = limits.addressLength;
  let fields = new Map<string, string>();
  let current = NO_INSTANCE;
  let instances: (Instance & { readonly hash: string })[] = [];

  const giveUp = (): void => {
    known = false;
    index.clear();
    instances = [];
  };
  const addInstances = (type: string, name: string): void => {
    const module = fields.get('module') ?? '';
    for (const { hash, ...parts } of instances) {
      const address = formatAddress({ module, type, name, ...parts });
      index.set(address, hash);
      room -= address.length;
    }
  };
  return {
    resourceField(name, kind, text) {
      if (kind === 'string') fields.set(name, text);
    },
    instanceField(name, kind, text) {
      if (name === 'index_key' && (kind === 'number' || kind === 'string'))
        current = { ...current, index: { kind, text } };
      if (name === 'deposed' && kind === 'string' && text !== '') current = { ...current, deposed: text };
    },
    endInstance(hash) {
      if (known && fields.get('mode') !== 'data') instances.push({ ...current, hash });
      current = NO_INSTANCE;
      if (index.size + instances.length > limits.instances) giveUp();
    },
    endResource() {
      const type = fields.get('type');
      const name = fields.get('name');
      if (type === undefined || name === undefined) giveUp();
      else if (known && fields.get('mode') === 'managed') addInstances(type, name);
      if (room < 0) giveUp();
      fields = new Map();
      instances = [];
    },
    giveUp,
    index: () => (known ? index : undefined),
  };
}
