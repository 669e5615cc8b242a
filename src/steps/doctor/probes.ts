import type { Use } from '../../backend/policy/uses.ts';
import {
  probeDeleteItem,
  probedStores,
  probePutItem,
  probePutObject,
} from '../../backend/policy/write-probes.ts';
import type { Backend } from '../../backend/settings.ts';
import { nameItem } from '../../messages/doctor-findings.ts';
import { type Answer, ask, type Probe, unasked } from './findings.ts';

/** Tests every write of a use without writing anything, in parallel. */
export async function listProbes(backend: Backend, use: Use): Promise<Probe[]> {
  if (use === 'outputs') return [];
  const asked = [...itemProbes(backend, use), ...objectProbes(backend, use)];
  return await Promise.all(asked.map(async ({ answer, ...probe }) => ({ ...probe, answer: await answer() })));
}

/** A probe that has not been sent yet. */
type Question = Omit<Probe, 'answer'> & { answer(): Promise<Answer<void>> };

function itemProbes(backend: Backend, use: Use): Question[] {
  const { table, address } = backend;
  if (table === undefined) return [];
  const probe = (permission: string, id: string, send: typeof probePutItem): Question => ({
    permission,
    resource: nameItem(id, table),
    isSpare: false,
    answer: async () =>
      probedStores(backend).dynamodb ? await ask(() => send(backend, table, id)) : unasked('not_aws'),
  });
  const remove = probe('dynamodb:DeleteItem', address.lockPath, probeDeleteItem);
  if (use === 'unlock') return [remove];
  const puts = [address.lockPath, address.digestPath].map((id) =>
    probe('dynamodb:PutItem', id, probePutItem),
  );
  return [...puts, remove];
}

function objectProbes(backend: Backend, use: Use): Question[] {
  const { address, useLockfile } = backend;
  const put = (key: string, isSpare = false): Question => ({
    permission: 's3:PutObject',
    resource: `s3://${address.bucket}/${key}`,
    isSpare,
    answer: async () =>
      probedStores(backend).s3 ? await ask(() => probePutObject(backend, key)) : unasked('not_aws'),
  });
  const remove: Question = {
    permission: 's3:DeleteObject',
    resource: `s3://${address.bucket}/${address.lockFileKey}`,
    isSpare: false,
    answer: async () => unasked('no_harmless_delete'),
  };
  const puts =
    use === 'hold' ? [put(address.objectKey), put(`${address.objectKey}.rescue/doctor`, true)] : [];
  const onLockFile = use === 'hold' ? [put(address.lockFileKey), remove] : [remove];
  return [...puts, ...(useLockfile ? onLockFile : [])];
}
