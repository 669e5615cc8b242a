import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { putFile } from '../../src/aws/put-file.ts';
import { type AwsClients, putItem, type StateFixture } from '../support/aws.ts';
import { s3Sender } from '../support/s3-sender.ts';

/** The size of the state to make; `bytes` is a minimum, exceeded by less than one rule per resource. */
export interface LargeStateSize {
  readonly bytes: number;
  readonly resources: number;
  /** JSON of its outputs; none when left out. */
  readonly outputs?: string;
}

export interface LargeState {
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly md5: string;
  readonly sha256: Buffer;
}

const HEAD = `{
  "version": 4,
  "terraform_version": "1.11.4",
  "serial": 1,
  "lineage": "7ad2c2a5-6b0f-4b7e-8d1a-3c5f0e9b2d41",
  "outputs": {},
  "resources": [
`;
/** The placeholder for each resource's number. */
const TESTBED = '#####';
const TAIL = '  ],\n  "check_results": null\n}\n';

/** Writes a state in Terraform's layout, resource by resource, so it is never in memory as a whole. */
export async function writeLargeState(
  path: string,
  { bytes, resources, outputs = '{}' }: LargeStateSize,
): Promise<LargeState> {
  const template = resourceTemplate(Math.floor(bytes / resources));
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  const chunks = function* () {
    yield HEAD.replace('"outputs": {}', `"outputs": ${outputs}`);
    for (let i = 0; i < resources; i += 1) {
      const text = template.replaceAll(TESTBED, String(i).padStart(TESTBED.length, '0'));
      yield i === resources - 1 ? `${text}\n` : `${text},\n`;
    }
    yield TAIL;
  };
  const hashed = function* () {
    for (const chunk of chunks()) {
      md5.update(chunk);
      sha256.update(chunk);
      yield Buffer.from(chunk);
    }
  };
  await pipeline(hashed, createWriteStream(path));
  return { path, bytes: (await stat(path)).size, md5: md5.digest('hex'), sha256: sha256.digest() };
}

/** Makes it the state of a fixture's bucket, digest included; sent unchunked, since moto is slow at `aws-chunked`. */
export async function seedLargeState(
  clients: AwsClients,
  { bucket, table }: Pick<StateFixture, 'bucket' | 'table'>,
  key: string,
  { path, bytes, md5, sha256 }: LargeState,
): Promise<void> {
  const checksum = sha256.toString('base64');
  const input = { Bucket: bucket, Key: key, ContentLength: bytes, ChecksumSHA256: checksum };
  await putFile(
    s3Sender(clients.s3),
    input,
    () => createReadStream(path),
    sha256,
    new AbortController().signal,
  );
  await putItem(clients, table, `${bucket}/${key}-md5`, { Digest: md5 });
}

/** The visible effect of an apply: the serial goes from 1 to 2. */
export async function raiseSerial(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write('2', HEAD.indexOf('"serial": 1') + '"serial": '.length);
  } finally {
    await file.close();
  }
}

/** A resource of that many bytes, with a place for its number. */
function resourceTemplate(length: number): string {
  const write = (rules: readonly string[]): string => {
    const attributes = { id: `sg-${TESTBED}`, description: 'says "hello"\non two lines', rules };
    const instance = {
      schema_version: 1,
      attributes,
      sensitive_attributes: [],
      dependencies: ['aws_vpc.main'],
    };
    const provider = 'provider["registry.terraform.io/hashicorp/aws"]';
    const resource = { mode: 'managed', type: 'aws_security_group', name: `service_${TESTBED}`, provider };
    return JSON.stringify({ ...resource, instances: [instance] }, null, 2).replace(/^/gm, '    ');
  };
  const rule = (i: number): string => `${TESTBED} tcp ${String(i).padStart(5, '0')} 10.0.0.0/8`;
  const each = write([rule(1), rule(2)]).length - write([rule(1)]).length;
  const room = length - ',\n'.length - write([rule(1)]).length;
  return write(Array.from({ length: 1 + Math.ceil(room / each) }, (_, i) => rule(i)));
}
