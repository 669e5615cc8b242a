import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createSerialFinder, type SerialLocation } from '../../statefile/serial-finder.ts';
import { hashAndInspectFile, READ_CHUNK, type StateFacts } from './hash-and-inspect.ts';

/** The state to copy, and its copy (mode 0600). */
export interface RewrittenFiles {
  readonly from: string;
  readonly to: string;
}

/**
 * Copies a state file with another serial and no other change, in constant memory. Undefined when its only serial can't
 * be found. Errors: those of the disk.
 */
export async function rewriteSerial(
  { from, to }: RewrittenFiles,
  serial: bigint,
): Promise<StateFacts | undefined> {
  const location = await findSerial(from);
  if (location === undefined) return undefined;
  await pipeline(copyWithSerial(from, location, serial), createWriteStream(to, { mode: 0o600 }));
  return await hashAndInspectFile(to);
}

async function findSerial(path: string): Promise<SerialLocation | undefined> {
  const finder = createSerialFinder();
  for await (const chunk of createReadStream(path, { highWaterMark: READ_CHUNK })) finder.write(chunk);
  return finder.end();
}

async function* copyWithSerial(path: string, { at, length }: SerialLocation, serial: bigint) {
  yield* createReadStream(path, { highWaterMark: READ_CHUNK, end: at - 1 });
  yield Buffer.from(String(serial));
  yield* createReadStream(path, { highWaterMark: READ_CHUNK, start: at + length });
}
