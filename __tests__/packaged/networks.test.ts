import { expect, it, onTestFinished } from 'vitest';
import { startGitHubStatuses } from '../support/github-statuses.ts';
import { serveTls, startForwardProxy } from '../support/tls-endpoint.ts';
import { runCheck } from './check-step.ts';
import { stateAfter, until, untilPushed } from './checkpointed-job.ts';
import { expectReleased } from './held-job.ts';
import { stateText } from './states.ts';
import { describePackaged, openTestbed } from './support.ts';

// Names that only the proxy can resolve.
const STORE = 'aws.corp.example';
const GITHUB = 'github.corp.example';

describePackaged('behind a proxy, with a private certificate authority', () => {
  it('main, checkpointer and post reach S3, DynamoDB and STS, and nothing goes past the proxy', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const store = await serveTls(STORE, { from: testbed.proxy.url });
    const proxy = await startForwardProxy();
    onTestFinished(() => proxy.close());
    onTestFinished(() => store.close());
    const url = `https://${STORE}:${store.port}`;
    const endpoints = { endpoint: url, dynamodb_endpoint: url, sts_endpoint: url };
    const network = { https_proxy: proxy.url, custom_ca_bundle: store.bundle };
    const job = await testbed.job({ with: { ...endpoints, ...network, checkpoint_interval: '1s' } });

    expect((await job.main()).annotations).toEqual([]);
    const ofMain = proxy.asked.length;
    await job.change(stateAfter(1));
    await untilPushed(testbed, stateAfter(1));
    const ofCheckpointer = proxy.asked.length - ofMain;
    await job.change(stateAfter(2));
    const post = await job.post();

    expect(post.annotations).toEqual([]);
    await expectReleased(testbed, stateAfter(2));
    await until(() => job.orphans().length === 0);
    expect(Math.min(ofMain, ofCheckpointer, proxy.asked.length - ofMain - ofCheckpointer)).toBeGreaterThan(0);
    expect(new Set(proxy.asked.map(({ line }) => line))).toEqual(new Set([`CONNECT ${STORE}:${store.port}`]));
  });

  it("requests to GitHub's API go through the proxy of the environment", async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const github = await startGitHubStatuses();
    const enterprise = await serveTls(GITHUB, { from: github.url });
    const proxy = await startForwardProxy();
    onTestFinished(() => proxy.close());
    onTestFinished(() => enterprise.close());
    onTestFinished(() => github.stop());
    github.heads.set(1, 'c'.repeat(40));
    const checked = await runCheck(
      testbed,
      { mode: 'pull-requests', github_token: 'ghs_check' },
      {
        github: { api_url: `https://${GITHUB}:${enterprise.port}` },
        env: { https_proxy: proxy.url, NODE_EXTRA_CA_CERTS: enterprise.bundle },
      },
    );

    expect(checked).toMatchObject({ exitCode: 0 });
    expect(github.requests).toEqual(['POST /graphql']);
    expect(proxy.asked.map(({ line }) => line)).toEqual([`CONNECT ${GITHUB}:${enterprise.port}`]);
  });
});
