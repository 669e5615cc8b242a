import { expect, it, onTestFinished } from 'vitest';
import { serveTls, startForwardProxy } from '../support/tls-endpoint.ts';
import { stateAfter, until, untilPushed } from './checkpointed-job.ts';
import { expectReleased } from './held-job.ts';
import { stateText } from './states.ts';
import { describePackaged, openTestbed } from './support.ts';

// Names that only the proxy can resolve.
const STORE = 'aws.corp.example';

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
});
