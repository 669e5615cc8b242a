import { stateAddress } from '../../../../src/backend/address.ts';
import type { JsonValue } from '../../../../src/statefile/json-tree.ts';
import type { PublishedOutput, PublishedState } from '../../../../src/steps/outputs/publish/published.ts';

/** An output whose value is shown. */
export function shown(name: string, value: JsonValue, type = 'string'): PublishedOutput {
  return { name, type, value };
}

/** A sensitive output. */
export function secret(name: string): PublishedOutput {
  return { name, type: 'string', value: undefined };
}

/** A state in bucket `b`, with these outputs. */
export function stateWith(outputs: readonly PublishedOutput[], workspace = 'default'): PublishedState {
  const address = stateAddress({ bucket: 'b', key: 'k/app.tfstate', workspace, workspaceKeyPrefix: 'env:' });
  return { address, serial: 7n, outputs };
}
