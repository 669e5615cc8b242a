import type {
  $Command,
  S3Client,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-s3';

/** S3's part of the SDK, with the commands that we send. */
export type S3Part = Omit<typeof import('./s3-part.ts'), 'makeS3Client' | 'checksumsFor'>;

/** A request to S3 that is ready to be sent. */
export type S3Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/** A client for S3 whose part of the SDK is loaded by the first request that needs it, or before by `load`. Most of a wait for a lock needs none. */
export interface S3 {
  /** Sends the request that `build` makes with the part's commands. Errors: the SDK's own. */
  send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    build: (part: S3Part) => S3Command<Input, Output>,
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<Output>;
  /** Loads the part now. Returns the client itself. */
  load(): Promise<S3Client>;
}

/** `make`: makes the client, once. */
export function lazyS3(make: (part: typeof import('./s3-part.ts')) => S3Client): S3 {
  const load = async () => {
    const part = await import('./s3-part.ts');
    return { part, client: make(part) };
  };
  let loaded: ReturnType<typeof load> | undefined;
  const loadOnce = () => {
    loaded ??= load();
    return loaded;
  };
  return {
    send: async (build, options) => {
      const { part, client } = await loadOnce();
      return await client.send(build(part), options);
    },
    load: async () => (await loadOnce()).client,
  };
}
