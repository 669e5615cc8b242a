import { rm } from 'node:fs/promises';
import type { Backend } from '../settings.ts';
import { isState, readInAgreement, type WindowOptions } from './consistency.ts';
import { storedText } from './digest.ts';
import { type DownloadedState, downloadState, inspectState } from './state-object.ts';

export type { PullNotice } from './consistency.ts';

export interface PullOptions extends WindowOptions {
  /**
   * Where the bytes go. There is no such file afterwards when there is no state. The requests are sent before this
   * resolves.
   */
  readonly path: string | Promise<string>;
}

/** The result of a pull; `state` is undefined when there is none yet. */
export interface PulledState {
  readonly state: DownloadedState | undefined;
  /** Of the object, even of an empty one, which contains no state. */
  readonly etag: string | undefined;
  /** The text of the digest item, whether it is a digest or not. */
  readonly storedDigest: string | undefined;
}

/**
 * Reads a state as Terraform's Get does (docs/protocol.md#digest-check, docs/protocol.md#waiting-for-consistency):
 * object and digest in parallel, and while they differ again every 2 s for 10 s. A missing or empty object means "no
 * state". Nothing here parses the object.
 *
 * Errors: StateError `digest_mismatch`, AwsError of the read.
 */
export async function pullState(backend: Backend, options: PullOptions): Promise<PulledState> {
  const pulled = await readState(backend, options, () => downloadState(backend, options.path));
  // This also removes an object that existed in an earlier round.
  if (pulled.state === undefined) await rm(await options.path, { force: true });
  return pulled;
}

/** The same for a state that is only inspected: nothing is written to the disk. */
export async function readStoredState(backend: Backend, options: WindowOptions): Promise<PulledState> {
  return await readState(backend, options, () => inspectState(backend));
}

async function readState(
  backend: Backend,
  options: WindowOptions,
  read: () => Promise<DownloadedState | undefined>,
): Promise<PulledState> {
  const { seen, digest } = await readInAgreement(backend, options, async () => {
    const object = await read();
    if (object === undefined) return undefined;
    const { facts, provenance } = object;
    return { object, size: facts.size, md5: facts.md5, provenance };
  });
  const state = isState(seen) ? seen.object : undefined;
  return { state, etag: seen?.object.etag, storedDigest: storedText(digest) };
}
