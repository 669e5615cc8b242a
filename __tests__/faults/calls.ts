import * as v from 'valibot';
import type { RequestRecord } from '../support/proxy.ts';

type Request = Pick<RequestRecord, 'service' | 'operation' | 'path' | 'body'>;

/** One network call of a step: the `number`th of its name, from 1. */
export interface Call {
  /** The API and its object: `PutItem lock`, `GetObject state`, `GitHub jobs`. */
  readonly name: string;
  readonly number: number;
  readonly service: RequestRecord['service'];
}

const LockId = v.object({ LockID: v.object({ S: v.string() }) });
const ItemCall = v.union([v.object({ Key: LockId }), v.object({ Item: LockId })]);

/** Names a request, with the same name in every run. */
export function callName(request: Request): string {
  const { service, operation, path } = request;
  if (service === 'other')
    return path.endsWith('/jobs') || path.includes('/jobs?') ? 'GitHub jobs' : 'GitHub run';
  const about = service === 's3' ? toObject(path) : service === 'dynamodb' ? findItem(request) : '';
  return about === '' ? operation : `${operation} ${about}`;
}

function toObject(path: string): string {
  const key = path.split('?')[0] ?? '';
  if (key.endsWith('.tflock')) return 'lock file';
  if (key.includes('.queue/')) return 'ticket';
  return key.includes('.rescue/') ? 'rescue copy' : 'state';
}

function findItem({ operation, body }: Request): string {
  if (operation.startsWith('Transact')) return 'digest and lock';
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ItemCall), body.toString('utf8'));
  if (!parsed.success) return '';
  const { LockID } = 'Key' in parsed.output ? parsed.output.Key : parsed.output.Item;
  if (LockID.S.startsWith('queue:')) return 'queue';
  return LockID.S.endsWith('-md5') ? 'digest' : 'lock';
}

const READ = /^(?:Get|Head|List|BatchGet|Scan|AssumeRole|GitHub )/;

/** Whether the server changes nothing that anybody sees when it acts on this call. */
export function isRead({ name }: Pick<Call, 'name'>): boolean {
  return READ.test(name);
}

/** The calls of a run that went without faults, each with its number among those of its name. */
export function listCalls(requests: readonly Request[]): Call[] {
  const counted = createCounter();
  return requests.map((request) => {
    const name = callName(request);
    return { name, number: counted(name), service: request.service };
  });
}

/** Counts names: returns 1 at the first call with a name. */
export function createCounter(): (name: string) => number {
  const counts = new Map<string, number>();
  return (name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count;
  };
}

/** The label of a call; `isOnly`: the step makes no other call of that name. */
export function makeTitle({ name, number }: Call, isOnly: boolean): string {
  return isOnly ? name : `${name} #${number}`;
}
