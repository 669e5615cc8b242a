import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DUMMY_KEYS } from '../support/aws.ts';
import { type Daemon, startDaemon, untilAnswering } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { findOnPath, missingPart } from '../support/tools.ts';

const run = promisify(execFile);
const START_LIMIT_MS = 60_000;
const PROGRAMS: readonly string[] =
  'ceph ceph-authtool ceph-mon ceph-osd monmaptool radosgw radosgw-admin'.split(' ');

/** The keys of its one user, those of the tests' clients. */
export const CEPH_KEYS = DUMMY_KEYS;
export const CEPH_ROLE = 'arn:aws:iam:::role/state';

/** A Ceph of one monitor and one OSD in memory, with a RADOS Gateway that speaks S3 and STS. */
export interface Ceph {
  readonly url: string;
  readonly version: string;
  stop(): Promise<void>;
}

/**
 * Starts a Ceph on free ports of 127.0.0.1, with a user who has `CEPH_KEYS` and may assume `CEPH_ROLE`.
 * Undefined, with a loud message, if its programs are missing (Debian and Ubuntu: `ceph-mon ceph-osd radosgw`).
 * Throws when it does not start.
 */
export async function startCeph(): Promise<Ceph | undefined> {
  const missing = PROGRAMS.filter((name) => findOnPath(name) === undefined);
  if (missing.length > 0) return missingPart('Ceph', `not on PATH: ${missing.join(', ')}`);
  const folder = await mkdtemp(join(tmpdir(), 'ceph-'));
  const daemons: Daemon[] = [];
  const stop = async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await bringUp(folder, daemons)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(folder: string, daemons: Daemon[]): Promise<Omit<Ceph, 'stop'>> {
  const [monitorPort, gatewayPort] = await Promise.all([freePort(), freePort()]);
  const cluster: Cluster = { folder, fsid: randomUUID(), monitor: `v2:127.0.0.1:${monitorPort}/0` };
  await writeFile(join(folder, 'ceph.conf'), renderConfig(cluster));
  for (const name of ['mon', 'osd']) await mkdir(join(folder, name));
  await makeKeys(folder);
  const start = (program: string, args: readonly string[]) => {
    const log = join(folder, `${program}.out`);
    const daemon = startDaemon(program, withConfig(folder, args), log);
    daemons.push(daemon);
    return { daemon, log };
  };

  const monitor = ['-i', 'a', '--mon-data', join(folder, 'mon')];
  await makeMonitor(cluster, monitor);
  start('ceph-mon', [...monitor, '-f']);

  const osdId = randomUUID();
  await admin(folder, 'ceph', ['osd', 'new', osdId]);
  const osd = ['-i', '0', '--osd-data', join(folder, 'osd')];
  await admin(folder, 'ceph-osd', [...osd, '--mkfs', '--osd-uuid', osdId]);
  start('ceph-osd', [...osd, '-f']);

  const frontend = `beast endpoint=127.0.0.1:${gatewayPort}`;
  const gateway = start('radosgw', ['-n', 'client.admin', '-f', '--rgw-frontends', frontend]);
  const url = `http://127.0.0.1:${gatewayPort}`;
  await untilAnswering(url, gateway.daemon, gateway.log, START_LIMIT_MS);
  await makeUserAndRole(folder);
  const { stdout } = await run('radosgw', ['--version']);
  return { url, version: stdout.trim() };
}

interface Cluster {
  readonly folder: string;
  readonly fsid: string;
  /** The monitor's address. */
  readonly monitor: string;
}

function renderConfig({ folder, fsid, monitor }: Cluster): string {
  return `[global]
fsid = ${fsid}
mon host = [${monitor}]
keyring = ${folder}/keyring
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
admin socket =
run dir = ${folder}
log file = ${folder}/$name.log
paxos propose interval = 0.05
paxos min wait = 0.02
mon allow pool size one = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 268435456
osd class load list = *
osd class default list = *
rgw sts key = abcdefghijklmnop
rgw s3 auth use sts = true
rgw thread pool size = 16
`;
}

async function makeKeys(folder: string): Promise<void> {
  const file = join(folder, 'keyring');
  const everything = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *'];
  await run('ceph-authtool', [
    '--create-keyring',
    file,
    '--gen-key',
    '-n',
    'mon.',
    '--cap',
    'mon',
    'allow *',
  ]);
  for (const name of ['client.admin', 'osd.0']) {
    await run('ceph-authtool', [file, '--gen-key', '-n', name, ...everything]);
  }
}

async function makeMonitor({ folder, fsid, monitor }: Cluster, args: readonly string[]): Promise<void> {
  const map = join(folder, 'monmap');
  await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', `[${monitor}]`, map]);
  const keyring = join(folder, 'keyring');
  await admin(folder, 'ceph-mon', [...args, '--mkfs', '--monmap', map, '--keyring', keyring]);
}

async function makeUserAndRole(folder: string): Promise<void> {
  const { accessKeyId, secretAccessKey } = CEPH_KEYS;
  const user = ['user', 'create', '--uid', 'ci', '--display-name', 'ci'];
  await admin(folder, 'radosgw-admin', [...user, '--access-key', accessKeyId, '--secret', secretAccessKey]);
  const trust = statement({ Principal: { AWS: ['arn:aws:iam:::user/ci'] }, Action: ['sts:AssumeRole'] });
  const role = ['role', 'create', '--role-name', 'state'];
  await admin(folder, 'radosgw-admin', [...role, `--assume-role-policy-doc=${trust}`]);
  const policy = statement({ Action: 's3:*', Resource: 'arn:aws:s3:::*' });
  const rolePolicy = ['role-policy', 'put', '--role-name', 'state', '--policy-name', 'all'];
  await admin(folder, 'radosgw-admin', [...rolePolicy, `--policy-doc=${policy}`]);
}

function statement(fields: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...fields }] });
}

function withConfig(folder: string, args: readonly string[]): string[] {
  return ['--conf', join(folder, 'ceph.conf'), ...args];
}

async function admin(folder: string, program: string, args: readonly string[]): Promise<void> {
  try {
    await run(program, withConfig(folder, args), { timeout: START_LIMIT_MS });
  } catch (error) {
    const log = await readFile(join(folder, 'ceph-mon.out'), 'utf8').catch(() => '');
    throw new Error(`${program} failed: ${String(error)} ${log.slice(-2_000)}`);
  }
}
