import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkpointerFolder, keepRecord, readRecord } from '../../src/job-state/checkpoint-record.ts';
import { createCheckpointerLog } from '../../src/steps/checkpointer/checkpointer-log.ts';

const state = { md5: 'm', serial: 2n ** 64n - 1n, lineage: 'l', content: 'c', isEmpty: false };

describe("the checkpointer's record for post", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'record-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is read back completely, and is one file', () => {
    const record = keepRecord(directory, 4711);
    const flags = { isDigestWritten: true, isConfirmed: true };
    const committed = {
      state,
      etag: '"e"',
      versionId: undefined,
      conditional: false,
      storedDigest: 'm',
      ...flags,
    };
    record.update({ inDoubt: [state], committed, checkpoints: 3, end: 'worker_gone' });
    expect(readRecord(directory)).toEqual(record.current);
    expect(readdirSync(checkpointerFolder(directory))).toEqual(['record.json']);
  });

  it("is empty when there is none or it can't be read", () => {
    expect(readRecord(directory)).toBeUndefined();
    keepRecord(directory, 1);
    writeFileSync(join(checkpointerFolder(directory), 'record.json'), '{"pid":');
    expect(readRecord(directory)).toBeUndefined();
  });

  it("doesn't recreate a deleted private directory", () => {
    rmSync(directory, { recursive: true });
    expect(() => keepRecord(directory, 1)).toThrow('ENOENT');
    expect(readRecord(directory)).toBeUndefined();
  });

  it('contains its last lines, limited, without secrets and workflow commands', () => {
    const record = keepRecord(directory, 1);
    const log = createCheckpointerLog(record, () => 0);
    log.mask('hunter2');
    for (let line = 0; line < 100; line += 1) log.info(`line ${line}`);
    log.warning(`the key hunter2 ##[group]${'x'.repeat(1000)}`);
    const lines = readRecord(directory)?.log ?? [];
    expect(lines).toHaveLength(20);
    expect(lines.at(-2)).toBe('1970-01-01T00:00:00.000Z line 99');
    expect(lines.at(-1)).toContain('the key *** ##\u200b[group]');
    expect(lines.at(-1)?.length).toBeLessThan(520);
  });
});
