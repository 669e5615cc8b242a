import {
  type BigIntStats,
  closeSync,
  openSync,
  read,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { findChdir, findDirectory, isTerraformName } from './chdir-option.ts';
import type { RunningTerraform } from './running-terraform.ts';

// Linux's unit for the times of processes, whatever the kernel's own ticks are.
const TICKS_PER_SECOND = 100;
/** How much of the list of locks is read at once. */
const LIST_BYTES = 64 * 1024;

/** The kernel's identity of a file, whatever its name. */
interface FileId {
  readonly device: bigint;
  readonly inode: bigint;
}

/** See `Machine.terraforms`. Uses /proc, so it needs Linux. */
export async function runningTerraforms(statePath?: string): Promise<readonly RunningTerraform[]> {
  const file = statePath === undefined ? undefined : fileId(statePath);
  const lockers = file === undefined ? new Set<string>() : await readLockers(file);
  const bootedAt = readBootTime();
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const running = await Promise.all(ids.map((id) => terraformAt(id, { file, lockers, bootedAt })));
  return running.filter((found) => found !== undefined);
}

interface View {
  readonly file: FileId | undefined;
  /** The holders of Terraform's own lock on the file, which everybody may see. */
  readonly lockers: ReadonlySet<string>;
  readonly bootedAt: number;
}

/**
 * Undefined for a process that is not Terraform, has ended, or belongs to another user and has nothing to do with the
 * file.
 */
async function terraformAt(
  id: string,
  { file, lockers, bootedAt }: View,
): Promise<RunningTerraform | undefined> {
  const status = readAtOnce(() => readFileSync(`/proc/${id}/status`, 'utf8'));
  // A process that ended but that its parent has not reaped yet.
  if (/^State:\t[ZX]/m.test(status)) return undefined;
  const isLocker = lockers.has(id);
  const ourUser = process.getuid?.();
  const [, user] = /^Uid:\t(\d+)/m.exec(status) ?? [];
  const isSameUser = user === String(ourUser);
  const [, name = ''] = /^Name:\t(.*)$/m.exec(status) ?? [];
  if (!isLocker && !(isSameUser && isTerraform(id, name))) return undefined;
  const ticks = startTicks(await toText(`/proc/${id}/stat`));
  if (ticks === undefined) return undefined;
  const open = await openFiles(id, file !== undefined);
  const environ = (await toText(`/proc/${id}/environ`)).split('\0');
  const variable = (name: string) =>
    environ.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
  return {
    pid: Number(id),
    id: `${id}-${ticks}`,
    startedAt: bootedAt + (ticks * 1000) / TICKS_PER_SECOND,
    canSignal: isSameUser || ourUser === 0,
    trackingId: variable('RUNNER_TRACKING_ID'),
    directory: await readDirectory(id, variable('PWD')),
    dataDirectory: variable('TF_DATA_DIR'),
    workspace: variable('TF_WORKSPACE'),
    hasStateOpen: isLocker || (file !== undefined && open.some((one) => isSame(one.file, file))),
    openStates: open.map(({ path }) => path).filter((path) => path.endsWith('.tfstate')),
  };
}

/** The folder in which it works, or will after its start. `startedIn`: according to its environment. */
async function readDirectory(id: string, startedIn: string | undefined): Promise<string | undefined> {
  const args = (await toText(`/proc/${id}/cmdline`)).split('\0');
  const cwd = await linkAt(`/proc/${id}/cwd`);
  return cwd === undefined ? undefined : findDirectory(cwd, findChdir(args), startedIn);
}

/** By its command, or by the program that a link with another name points to. */
function isTerraform(id: string, name: string): boolean {
  return (
    isTerraformName(name) || isTerraformName(basename(readAtOnce(() => readlinkSync(`/proc/${id}/exe`))))
  );
}

/**
 * What the kernel says of a process; empty for one that has ended or is another user's. Synchronous, because the kernel has it in memory: for
 * some hundred processes, the way through Node's thread pool would cost more than the reads.
 */
function readAtOnce(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

/** When a process started, in ticks since boot; undefined when it is gone. */
function startTicks(stat: string): number | undefined {
  // The second field is a name in parentheses, which may contain anything. The 22nd is the time.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks === undefined ? undefined : Number(ticks);
}

function readBootTime(): number {
  const [, seconds] = /^btime (\d+)$/m.exec(readAtOnce(() => readFileSync('/proc/stat', 'utf8'))) ?? [];
  return Number(seconds ?? 0) * 1000;
}

/** The processes with a POSIX lock on the file: Terraform's local backend has one while it works on a state. */
async function readLockers({ device, inode }: FileId): Promise<ReadonlySet<string>> {
  const hex = (number: bigint) => number.toString(16).padStart(2, '0');
  const [major, minor] = splitDevice(device);
  const id = `${hex(major)}:${hex(minor)}:${inode}`;
  const lines = (await readLocks()).split('\n').map((line) => line.trim().split(/\s+/));
  const held = lines.filter((fields) => fields[1] === 'POSIX' && fields[5] === id);
  return new Set(held.map((fields) => fields[4] ?? ''));
}

/**
 * The kernel's list of the locks of files; empty when it can't be read. The kernel may take 10 ms for it, so the read has begun when this
 * returns, without another turn of the event loop for the file's opening.
 */
async function readLocks(): Promise<string> {
  try {
    const file = openSync('/proc/locks', 'r');
    try {
      return await readToEnd(file);
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

async function readToEnd(file: number): Promise<string> {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(LIST_BYTES);
    const { bytesRead } = await promisify(read)(file, chunk, 0, LIST_BYTES, null);
    if (bytesRead === 0) return Buffer.concat(chunks).toString();
    chunks.push(chunk.subarray(0, bytesRead));
  }
}

/** Splits a device number as the C library does. */
function splitDevice(device: bigint): readonly [bigint, bigint] {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return [major, minor];
}

interface OpenFile {
  readonly path: string;
  readonly file: FileId | undefined;
}

/** Empty for another user's process. `identified`: whether the files' identities are wanted. */
async function openFiles(id: string, identified: boolean): Promise<readonly OpenFile[]> {
  const names = await readdir(`/proc/${id}/fd`).catch(() => []);
  return await Promise.all(
    names.map(async (name) => {
      const link = `/proc/${id}/fd/${name}`;
      // Asynchronous, because a file system that hangs must not hold up the whole program.
      const [path, found] = await Promise.all([
        linkAt(link),
        identified ? stat(link, { bigint: true }).catch(() => undefined) : undefined,
      ]);
      return { path: path ?? '', file: found && toFileId(found) };
    }),
  );
}

/** Compares the identity, because the path may differ in a container. */
function isSame(one: FileId | undefined, other: FileId): boolean {
  return one !== undefined && one.device === other.device && one.inode === other.inode;
}

/** Undefined when the file does not exist, or we may not read it. */
function fileId(path: string): FileId | undefined {
  try {
    return toFileId(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

function toFileId({ dev, ino }: BigIntStats): FileId {
  return { device: dev, inode: ino };
}

async function linkAt(path: string): Promise<string | undefined> {
  return await readlink(path).catch(() => undefined);
}

/** Empty for a process that has ended in the meantime. */
async function toText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
