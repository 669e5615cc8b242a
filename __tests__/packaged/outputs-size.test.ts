import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { seedLargeState, writeLargeState } from './large-state.ts';
import { readOutputs, stateWith, text } from './outputs-step.ts';
import { measurePeakMemory } from './peak-memory.ts';
import { describePackaged, openTestbed } from './support.ts';
import { findNotices } from './unlock-step.ts';

// As at AWS itself, where the body passes the SDK's checksum check.
const CHECKSUMS = { AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_supported' };
const isLinux = process.platform === 'linux';

describePackaged('the cost of outputs', () => {
  it.skipIf(!isLinux)(
    'a state of 200 MB costs only as much as its outputs, on the wire and in memory',
    { timeout: 120_000 },
    async () => {
      const testbed = await openTestbed();
      const { bucket } = testbed.fixture;
      const folder = await mkdtemp(join(tmpdir(), 'large-outputs-'));
      try {
        const size = {
          bytes: 200_000_000,
          resources: 20_000,
          outputs: '{"url":{"value":"u","type":"string"}}',
        };
        const state = await writeLargeState(join(folder, 'state'), size);
        await seedLargeState(testbed.clients, testbed.fixture, testbed.objectKey, state);
        const peak = await measurePeakMemory();
        const env = { ...peak.env, ...CHECKSUMS };
        const { outputs, conclusion, log } = await readOutputs(testbed, {}, { env });
        expect({ conclusion, url: outputs.url }).toEqual({ conclusion: 'success', url: 'u' });
        // Of 200 MB the reader takes only the first chunks.
        expect(Number(/one output, in (\d+) bytes/.exec(log)?.[1])).toBeLessThan(200_000);
        const [get] = testbed.proxy.requests.filter(({ operation }) => operation === 'GetObject');
        // The kernel's buffers receive this much before the connection is closed.
        expect(get?.answerBytes).toBeLessThan(20_000_000);
        expect(peak.read()).toBeLessThan(150_000_000);
        await peak.dispose();
      } finally {
        await rm(folder, { recursive: true, force: true });
        // moto keeps everything it receives until it exits.
        await testbed.clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: testbed.objectKey }));
      }
    },
  );

  it('5,000 outputs and one of 1 MB arrive, and an output too large for a job output is reported', async () => {
    const testbed = await openTestbed();
    const many = Array.from({ length: 5_000 }, (_, i) => [`o_${i}`, text(`value ${i}`)] as const);
    const large = 'x'.repeat(1024 * 1024 + 1);
    await testbed.seed(stateWith({ ...Object.fromEntries(many), large: text(large) }));
    const result = await readOutputs(testbed, { publish: 'none' });
    expect(result.conclusion).toBe('success');
    expect(result.outputs).toMatchObject({ o_0: 'value 0', o_4999: 'value 4999', large });
    expect(Object.keys(JSON.parse(result.outputs.outputs ?? ''))).toHaveLength(5_001);
    expect(findNotices(result).join('\n')).toMatch(/Too large for job outputs.*: outputs, large\./);
  });
});
