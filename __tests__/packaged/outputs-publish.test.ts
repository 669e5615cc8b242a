import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { putObject } from '../support/aws.ts';
import { type FakeComments, startGitHubComments } from '../support/github-comments.ts';
import { assertContainsNone } from './outputs-secrets.ts';
import { openOutputsJob, SENSITIVE, secret, stateWith, text, UNMASKABLE } from './outputs-step.ts';
import { describeInProcess, describePackaged, findErrors, openTestbed, type Testbed } from './support.ts';
import { findNotices } from './unlock-step.ts';

const PULL = 'acme/infra#7';
const STATE = stateWith({ url: text('https://x.example'), ...SENSITIVE, ...UNMASKABLE });

/** No test may ever send a secret of its states there. */
async function gitHub(): Promise<FakeComments> {
  const github = await startGitHubComments();
  onTestFinished(async () => {
    await github.stop();
    assertContainsNone({
      'a request': [...github.requests, ...github.bodies].join('\n'),
      'the memory': readMemory(github),
    });
  });
  return github;
}

/** Runs the action in a job for pull request 7. */
async function publish(
  testbed: Testbed,
  github: Pick<FakeComments, 'url'>,
  inputs: Record<string, string>,
  options: { readonly env?: Record<string, string>; readonly shown?: readonly string[] } = {},
) {
  const identity = { repository: 'acme/infra', event_name: 'pull_request', api_url: github.url };
  const job = await openOutputsJob({ github: identity, ...options });
  await writeFile(job.folders.event, JSON.stringify({ pull_request: { number: 7 } }));
  return await job.read(testbed, { github_token: 'ghs_tokenOfTheJob', ...inputs });
}

/** A proxy that leads every host to GitHub's local stand-in and records the requested hosts. */
async function proxyTo(github: FakeComments) {
  const asked = new Set<string>();
  const server = createServer().on('connect', (request, socket) => {
    asked.add(request.url ?? '');
    const there = connect(Number(new URL(github.url).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return { asked, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
}

/** The values that the comments remember, decoded. */
const readMemory = (github: FakeComments) =>
  Array.from(github.bodies.join('\n').matchAll(/<!-- values (\S+) -->/g), ([, memory = '']) =>
    Buffer.from(memory, 'base64url').toString(),
  ).join('\n');

const bodies = (github: FakeComments) => (github.comments.get(PULL) ?? []).map(({ body }) => body);

describePackaged('published outputs', () => {
  it("are on the job's page by default, without a call to GitHub", async () => {
    const testbed = await openTestbed();
    const github = await gitHub();
    await testbed.seed(STATE);
    const result = await publish(testbed, github, {});
    expect(result.summary).toContain('https://x.example');
    expect(result.summary).toContain('(sensitive)');
    expect(github.requests).toEqual([]);
  });

  it('of concurrent matrix jobs are in one comment, with a section for each', async () => {
    const testbed = await openTestbed();
    const github = await gitHub();
    const legs = ['dev', 'qa', 'staging', 'production'];
    for (const leg of legs) {
      const state = stateWith({ url: text(`https://${leg}.example`), password: secret(`hunter2-of-${leg}`) });
      await putObject(testbed.clients, testbed.fixture.bucket, `env:/${leg}/network/app.tfstate`, state);
    }
    const inputs = { publish: 'comment', dynamodb_table: '' };
    const results = await Promise.all(
      legs.map((workspace) => publish(testbed, github, { ...inputs, workspace })),
    );
    expect(results.map((result) => [result.conclusion, findNotices(result)])).toEqual(
      legs.map(() => ['success', []]),
    );
    expect(bodies(github)).toHaveLength(1);
    for (const leg of legs) expect(bodies(github)[0]).toContain(`<code>https://${leg}.example</code>`);
  });

  it('reach GitHub through the proxy of the environment', async () => {
    const testbed = await openTestbed();
    const github = await gitHub();
    await testbed.seed(STATE);
    const proxy = await proxyTo(github);
    const env = { http_proxy: proxy.url, no_proxy: '127.0.0.1' };
    const server = { url: 'http://github.example/api/v3' };
    const result = await publish(testbed, server, { publish: 'comment' }, { env });
    expect([result.conclusion, findNotices(result)]).toEqual(['success', []]);
    expect([...proxy.asked]).toEqual(['github.example:80']);
    expect(bodies(github)).toHaveLength(1);
  });
});

describeInProcess('published outputs', () => {
  it('are in one comment without anything sensitive, even if it is masked', async () => {
    const testbed = await openTestbed();
    const github = await gitHub();
    const dsn = text('postgres://app:hunter2-and-then-some@db');
    await testbed.seed(stateWith({ url: text('https://x.example'), dsn, ...SENSITIVE, ...UNMASKABLE }));
    const inputs = { publish: 'comment, summary', sensitive: 'mask' };
    const shown = ['outputs'];
    await publish(testbed, github, inputs, { shown });
    const { log, rawSummary } = await publish(testbed, github, inputs, { shown });
    expect(bodies(github)).toHaveLength(1);
    expect(bodies(github)[0]).toContain('https://x.example');
    // It contains the password, which this step has masked.
    expect(bodies(github)[0]).toContain('<td><code>dsn</code></td><td><em>(sensitive)</em></td>');
    for (const text of [log, rawSummary, ...github.bodies]) expect(text).not.toContain('ghs_tokenOfTheJob');
  });

  it('show the differences from another workspace, read in parallel', async () => {
    const testbed = await openTestbed({ latencyMs: 100 });
    const github = await gitHub();
    await testbed.seed(STATE);
    const other = stateWith({ url: text('https://y.example') });
    await putObject(testbed.clients, testbed.fixture.bucket, 'env:/production/network/app.tfstate', other);
    const result = await publish(testbed, github, { compare_workspace: 'production' });
    expect(result.summary).toContain('env:/production/network/app.tfstate');
    expect(testbed.proxy.longestChain()).toBe(1);
    // The state to compare with may be missing, and its outputs aren't set.
    expect((await publish(testbed, github, { compare_workspace: 'nowhere' })).conclusion).toBe('success');
    expect(result.outputs.url).toBe('https://x.example');
  });

  it('cause a notice when the token may not comment, and an error only on request', async () => {
    const testbed = await openTestbed();
    const github = await gitHub();
    await testbed.seed(STATE);
    github.refuse = () => ({ status: 403, message: 'Resource not accessible by integration' });
    const soft = await publish(testbed, github, { publish: 'comment' });
    expect(soft).toMatchObject({ conclusion: 'success', outputs: { reason_code: 'read' } });
    expect(findNotices(soft).join('\n')).toContain('pull-requests: write');
    expect(soft.summary).toContain('https://x.example');
    const hard = await publish(testbed, github, { publish: 'comment', publish_required: 'true' });
    expect(hard).toMatchObject({ conclusion: 'failure', outputs: { reason_code: 'not_published' } });
    expect(findErrors(hard)).toContain('publish_required');
    expect(hard.outputs.url).toBe('https://x.example');
  });
});
