import { expect, it } from 'vitest';
import { LINEAGE, stateText } from './states.ts';
import { describeInProcess, describePackaged, openTestbed } from './support.ts';

const MIB = 1024 * 1024;

/** A state whose one output holds `value`, an excerpt of JSON. */
function withOutput(serial: number, value: string): string {
  return `{"version":4,"terraform_version":"1.11.4","serial":${serial},"lineage":"${LINEAGE}","outputs":{"o":{"value":${value},"type":"string"}},"resources":[]}\n`;
}

async function pushed(text: string): Promise<string | undefined> {
  const testbed = await openTestbed();
  await testbed.seed(stateText());
  const job = await testbed.job();
  await job.main();
  await job.change(text);
  expect(await job.post()).toMatchObject({ exitCode: 0 });
  return await testbed.object();
}

describePackaged('the bytes of a state', () => {
  it('of 8 MiB are sent in one request of known length, with their checksum', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job();
    await job.main();
    const text = withOutput(1, `"${'x'.repeat(8 * MIB)}"`);
    await job.change(text);
    testbed.proxy.reset();
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    const puts = testbed.proxy.requests.filter(({ operation }) => operation === 'PutObject');
    expect(puts).toHaveLength(1);
    expect(puts[0]?.headers).toMatchObject({ 'content-length': String(text.length) });
    expect((await testbed.object())?.length).toBe(text.length);
  });
});

describeInProcess('the bytes of a state', () => {
  it.each([
    ['html-escapes', '"\\u003ca\\u0026b\\u003e <a&b> \\u2028"'],
    ['bignum', '12345678901234567890.0000000000000000555111512312578270'],
    ['unknown-members', '{"later":[null,{"version":5}]}'],
  ])('%s: arrive unchanged', async (_, value) => {
    const text = withOutput(8, value);
    expect(await pushed(text)).toBe(text);
  });

  it('may raise the serial by several in one apply', async () => {
    const text = withOutput(12, '"x"');
    expect(await pushed(text)).toBe(text);
  });

  it('carry a checksum in each put, which buckets with retention require', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job();
    await job.main();
    await job.change(withOutput(1, '"x"'));
    testbed.proxy.reset();
    await job.post();
    const put = testbed.proxy.requests.find(({ operation }) => operation === 'PutObject');
    expect(put?.headers['content-md5']).toMatch(/^[A-Za-z0-9+/]{22}==$/);
  });

  it('are pushed conditionally without a table, with no lock call and no digest', async () => {
    const testbed = await openTestbed({ table: false });
    const job = await testbed.job();
    await job.main();
    await job.change(withOutput(1, '"x"'));
    await job.post();
    expect(testbed.calls().filter((call) => call.startsWith('dynamodb'))).toEqual([]);
    const put = testbed.proxy.requests.find(({ operation }) => operation === 'PutObject');
    expect(put?.headers['if-none-match']).toBe('*');
  });
});
