import * as v from 'valibot';
import type { FaultProxy, RequestRecord } from '../support/proxy.ts';
import { parseState, type SharedState } from './shared-state.ts';

/** What passed through the proxy in front of one state, in the server's order. */
export interface LockWatch {
  /** Who got the lock, in order. */
  readonly holders: string[];
  /** The tries that failed because somebody held it. */
  conflicts: number;
  /** Every state that was stored. */
  readonly writes: { readonly writer: string; readonly serial: number; readonly lineage: string }[];
  /** What must never happen: a second holder, a write or a release without the lock. */
  readonly violations: string[];
  /** The current holder. */
  holder: string | undefined;
  /** The holder of the lock file, if it is used. */
  fileHolder: string | undefined;
}

const Text = v.object({ S: v.string() });
const Key = v.object({ LockID: Text });
const Put = v.object({ Item: Key });
const Delete = v.object({ Key });
const Transaction = v.object({
  TransactItems: v.array(v.object({ Put: v.optional(Put), Delete: v.optional(Delete) })),
});

/**
 * Watches all changes of a state's lock item, lock file, digest and object. The proxy must serialise. `inBoth`:
 * nobody may get the item without the file.
 */
export function watchLock(proxy: FaultProxy, state: SharedState, inBoth = false): LockWatch {
  const watch: LockWatch = {
    holders: [],
    conflicts: 0,
    writes: [],
    violations: [],
    holder: undefined,
    fileHolder: undefined,
  };
  const objectPath = `/${state.fixture.bucket}/${state.objectKey}`;
  proxy.afterResponse((record) => {
    if (record.service === 'dynamodb') watchItems(watch, record, state.lockId, inBoth);
    if (record.path.startsWith(`${objectPath}.tflock?`)) watchFile(watch, record);
    if (record.operation === 'PutObject' && record.path.startsWith(`${objectPath}?`))
      watchWrite(watch, record);
  });
  return watch;
}

function watchItems(watch: LockWatch, record: RequestRecord, lockId: string, inBoth: boolean): void {
  const { puts, deletes } = readItems(record);
  if (record.status !== 200) {
    if (puts.includes(lockId)) watch.conflicts += 1;
    return;
  }
  if (puts.includes(lockId)) acquired(watch, record);
  if (puts.includes(lockId) && inBoth) requireFile(watch, record);
  if (puts.includes(`${lockId}-md5`)) requireHolder(watch, record);
  if (deletes.includes(lockId)) released(watch, record);
}

/** A put whose condition holds takes the lock, a delete releases it. */
function watchFile(watch: LockWatch, record: RequestRecord): void {
  if (record.operation === 'PutObject' && record.status === 412) watch.conflicts += 1;
  if (record.operation === 'PutObject' && record.status === 200) {
    if (watch.fileHolder !== undefined) {
      watch.violations.push(`${findWriter(record)} got the lock file of ${watch.fileHolder}`);
    }
    watch.fileHolder = findWriter(record);
  }
  if (record.operation === 'DeleteObject' && record.status === 204) {
    requireFile(watch, record);
    watch.fileHolder = undefined;
  }
}

function requireFile(watch: LockWatch, record: RequestRecord): void {
  const writer = findWriter(record);
  if (watch.fileHolder === writer) return;
  watch.violations.push(
    `${writer}: ${record.operation} while ${watch.fileHolder ?? 'nobody'} had the lock file`,
  );
}

function watchWrite(watch: LockWatch, record: RequestRecord): void {
  if (record.status !== 200) return;
  requireHolder(watch, record);
  const { serial, lineage } = parseState(record.body);
  watch.writes.push({ writer: findWriter(record), serial, lineage });
}

/** Our run's id, or what `TF_APPEND_USER_AGENT` gave a terraform: `writer/laptop-1`. */
function findWriter({ headers }: RequestRecord): string {
  const agent = headers['user-agent'] ?? '';
  const found = /md\/run_id#(\S+)/.exec(agent) ?? /writer\/(\S+)/.exec(agent);
  return found?.[1] ?? `unknown (${agent})`;
}

/** LockIDs that a request puts and deletes. */
function readItems(record: RequestRecord): { puts: string[]; deletes: string[] } {
  if (!/^(?:Put|Delete|TransactWrite)Items?$/.test(record.operation)) return { puts: [], deletes: [] };
  const body: unknown = JSON.parse(record.body.toString('utf8'));
  if (record.operation === 'PutItem') return { puts: [v.parse(Put, body).Item.LockID.S], deletes: [] };
  if (record.operation === 'DeleteItem') return { puts: [], deletes: [v.parse(Delete, body).Key.LockID.S] };
  const items = v.parse(Transaction, body).TransactItems;
  return {
    puts: items.flatMap((item) => (item.Put ? [item.Put.Item.LockID.S] : [])),
    deletes: items.flatMap((item) => (item.Delete ? [item.Delete.Key.LockID.S] : [])),
  };
}

function acquired(watch: LockWatch, record: RequestRecord): void {
  const writer = findWriter(record);
  if (watch.holder !== undefined) watch.violations.push(`${writer} got the lock of ${watch.holder}`);
  watch.holder = writer;
  watch.holders.push(writer);
}

function released(watch: LockWatch, record: RequestRecord): void {
  requireHolder(watch, record);
  watch.holder = undefined;
}

function requireHolder(watch: LockWatch, record: RequestRecord): void {
  const writer = findWriter(record);
  if (watch.holder === writer) return;
  watch.violations.push(`${writer}: ${record.operation} while ${watch.holder ?? 'nobody'} held the lock`);
}
