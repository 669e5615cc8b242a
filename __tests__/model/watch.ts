import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import type { World } from './world.ts';

/** What a request is about; `both`: the digest and the lock in one transaction. */
export type Target = 'state' | 'lock' | 'lock file' | 'digest' | 'both' | 'rescue copy' | 'something else';

/** One request that the server has answered. `failure` is its error's name. */
export interface CommittedCheckpoint {
  readonly operation: string;
  readonly target: Target;
  readonly failure: string | undefined;
}

const LockId = v.object({ LockID: v.object({ S: v.string() }) });
const Input = v.object({
  Key: v.optional(v.union([v.string(), LockId])),
  Item: v.optional(LockId),
  TransactItems: v.optional(v.array(v.unknown())),
});

/** Reports each request of these clients after the server has acted and before anybody gets the answer. */
export function watchClients(
  { s3, dynamodb }: { readonly s3: Promise<S3Client>; readonly dynamodb: DynamoDBClient },
  world: World,
  report: (committed: CommittedCheckpoint) => Promise<void>,
): void {
  const sent = async <T>(operation: string | undefined, input: unknown, answer: Promise<T>): Promise<T> => {
    const name = operation?.replace(/Command$/, '') ?? 'unknown';
    const committed = { operation: name, target: findTarget(world, input) };
    const failure = await answer.then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.name : String(error)),
    );
    await report({ ...committed, failure });
    return await answer;
  };
  const options = { step: 'initialize', name: 'watch' } as const;
  void s3.then(({ middlewareStack }) =>
    middlewareStack.add(
      (next, { commandName }) =>
        (args) =>
          sent(commandName, args.input, next(args)),
      options,
    ),
  );
  dynamodb.middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        sent(commandName, args.input, next(args)),
    options,
  );
}

function findTarget(world: World, input: unknown): Target {
  const parsed = v.safeParse(Input, input);
  if (!parsed.success) return 'something else';
  const { Key, Item, TransactItems } = parsed.output;
  if (TransactItems !== undefined) return 'both';
  const name = typeof Key === 'string' ? Key : (Key ?? Item)?.LockID.S;
  if (name?.startsWith(`${world.key}.rescue/`)) return 'rescue copy';
  const targets = new Map<string | undefined, Target>([
    [world.key, 'state'],
    [world.lockFileKey, 'lock file'],
    [world.lockId, 'lock'],
    [world.digestPath, 'digest'],
  ]);
  return targets.get(name) ?? 'something else';
}
