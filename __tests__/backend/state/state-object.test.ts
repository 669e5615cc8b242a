import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Aws } from '../../../src/aws/aws.ts';
import { downloadState } from '../../../src/backend/state/state-object.ts';
import { connect, settingsFor } from '../../aws/support.ts';
import { openBackendOn } from '../../support/backend.ts';
import { startLocalServer } from '../../support/local-server.ts';

const BODY = '{"version":4,"serial":2,"lineage":"l"}\n';
const HEADERS = {
  etag: '"e"',
  'content-length': String(BODY.length),
  // As on AWS, where we store it with each state: the SDK then checks the body by itself.
  'x-amz-checksum-sha256': createHash('sha256').update(BODY).digest('base64'),
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'download-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A store that answers with the first bytes of the state, and completes the answer only from the second request on. */
async function serveHalfOnce() {
  const answers: ServerResponse[] = [];
  const store = await startLocalServer((_request, response) => {
    answers.push(response);
    response.writeHead(200, HEADERS);
    if (answers.length === 1) response.write(BODY.slice(0, 10));
    else response.end(BODY);
  });
  return { ...store, answers };
}

/** The connection, and a promise of the first body as the SDK hands it out. */
function watchBodies(aws: Aws) {
  let onBody: (body: Readable) => void = () => {};
  const body = new Promise<Readable>((resolve) => {
    onBody = resolve;
  });
  const send: Aws['s3']['send'] = async (build, options) => {
    const answer = await aws.s3.send(build, options);
    if ('Body' in answer && answer.Body instanceof Readable) onBody(answer.Body);
    return answer;
  };
  return { body, aws: { ...aws, s3: { ...aws.s3, send } } };
}

describe('a state that is asked for before its path is known', () => {
  it('is fetched again when the connection breaks in the meantime', async () => {
    const store = await serveHalfOnce();
    const env = { AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_supported' };
    const { body, aws } = watchBodies(connect({ settings: settingsFor(store.url), env }));
    const fixture = { bucket: 'states', table: 'locks', region: 'eu-central-1' };
    let know: (path: string) => void = () => {};
    const path = new Promise<string>((resolve) => {
      know = resolve;
    });
    const download = downloadState({ ...openBackendOn(fixture, store.url), aws }, path);
    const first = await body;
    // `once` of node:events would listen for errors.
    const closed = new Promise((resolve) => first.on('close', resolve));
    store.answers[0]?.destroy();
    await closed;
    know(join(directory, 'state'));
    expect(await download).toMatchObject({ etag: '"e"', facts: { size: BODY.length } });
    expect(await readFile(join(directory, 'state'), 'utf8')).toBe(BODY);
    expect(store.answers).toHaveLength(2);
    aws.destroy();
    await store.stop();
  });
});
