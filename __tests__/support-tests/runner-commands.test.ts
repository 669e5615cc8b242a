import { describe, expect, it } from 'vitest';
import { createStepLog, parseCommand } from '../support/runner-commands.ts';
import { createMasks } from '../support/runner-masks.ts';

const readLog = (lines: string[], debug = false) => {
  const log = createStepLog(createMasks(), debug);
  lines.forEach(log.write);
  return log;
};

describe('workflow commands', () => {
  it('are recognised at the start of a line, or anywhere in the old form', () => {
    expect(parseCommand('  ::error file=a%2Cb,line=1::text%0Amore%25')).toEqual({
      name: 'error',
      properties: { file: 'a,b', line: '1' },
      data: 'text\nmore%',
    });
    expect(parseCommand('text ##[add-mask]secret')).toMatchObject({ name: 'add-mask', data: 'secret' });
    expect(parseCommand('::nope::##[error]boo')).toMatchObject({ name: 'error', data: 'boo' });
    expect(parseCommand('text ::error::no')).toBeUndefined();
    expect(parseCommand('::unknown::no')).toBeUndefined();
  });

  it('become annotations, at most ten of a level, each cut at 4096', () => {
    const log = readLog([
      ...Array.from({ length: 12 }, (_, i) => `::error::${i}`),
      `::notice::${'x'.repeat(5000)}`,
    ]);
    expect(log.annotations.filter(({ level }) => level === 'error')).toHaveLength(10);
    expect(log.annotations.at(-1)?.message).toHaveLength(4096);
    expect(log.lines).toHaveLength(13);
  });

  it('are plain text between stop-commands and its token', () => {
    const log = readLog([
      '::stop-commands::tok',
      '::set-output name=a::1',
      '::error::x',
      '::tok::',
      '::error::y',
    ]);
    expect(log.lines).toEqual(['::set-output name=a::1', '::error::x', '##[error]y']);
    expect(log.oldOutputs).toEqual([]);
  });

  it('that are disabled are refused', () => {
    expect(readLog(['::set-env name=A::1']).refused).toBe(true);
  });

  it('show debug lines only on request', () => {
    expect(readLog(['::debug::x']).lines).toEqual([]);
    expect(readLog(['::debug::x'], true).lines).toEqual(['##[debug]x']);
  });

  it('group the lines between them', () => {
    const log = readLog(['a', '::group::G', 'b', '::endgroup::', 'c']);
    expect(log.groups).toEqual([{ title: 'G', lines: ['b'] }]);
    expect(log.lines).toEqual(['a', '##[group]G', 'b', '##[endgroup]', 'c']);
  });
});

describe('masks', () => {
  const masked = (secret: string, text: string) => {
    const masks = createMasks();
    masks.add(secret);
    return masks.apply(text);
  };

  it('hide a value, each line of it, and its derived forms', () => {
    expect(masked('one\ntwo', 'say two, one')).toBe('say ***, ***');
    expect(masked('a"b&c', 'a\\"b&c a%22b%26c a&quot;b&amp;c')).toBe('*** *** ***');
    expect(masked('password', `x${Buffer.from('password').toString('base64')}`)).toBe('x***');
  });

  it('do not hide hex or another case', () => {
    const hex = Buffer.from('password').toString('hex');
    expect(masked('password', `${hex} PASSWORD`)).toBe(`${hex} PASSWORD`);
  });

  it('merge overlapping matches', () => {
    expect(masked('aba', 'xababax')).toBe('x***x');
  });

  it('refuse a blank value', () => {
    expect(createMasks().add(' \n')).toBe(false);
  });
});
