import { stateAddress } from '../../../src/backend/address.ts';
import { createOutputsReader, type StateOutputs } from '../../../src/statefile/outputs.ts';

const location = { bucket: 'b', key: 'k/app.tfstate', workspace: 'default', workspaceKeyPrefix: 'env:' };

export const ADDRESS = stateAddress(location);

export function makeAddress(workspace: string) {
  return stateAddress({ ...location, workspace });
}

/** A state with these values; those under `sensitive` are. */
export function makeState(
  values: Record<string, unknown>,
  sensitive: Record<string, unknown> = {},
  serial = 7,
): StateOutputs {
  const outputs = Object.fromEntries([
    ...Object.entries(values).map(([name, value]) => [name, { value, type: 'dynamic' }]),
    ...Object.entries(sensitive).map(([name, value]) => [name, { value, type: 'dynamic', sensitive: true }]),
  ]);
  const reader = createOutputsReader();
  const head = { version: 4, terraform_version: '1.11.4', serial, lineage: 'l-1' };
  reader.write(Buffer.from(JSON.stringify({ ...head, outputs })));
  const result = reader.end();
  if (result.kind === 'invalid') throw new Error(result.detail);
  return result.state;
}
