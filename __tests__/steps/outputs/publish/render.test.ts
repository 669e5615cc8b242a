import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareOutputs,
  printMemory,
  readMemory,
  remember,
} from '../../../../src/steps/outputs/publish/changes.ts';
import { renderOutputs } from '../../../../src/steps/outputs/publish/render-outputs.ts';
import { renderSection } from '../../../../src/steps/outputs/publish/section.ts';
import { job } from '../../../job-state/support.ts';
import { secret, shown, stateWith } from './support.ts';

const WIDE = { total: 100_000, value: 10_000 };
const html = (...outputs: Parameters<typeof stateWith>[0]) =>
  renderOutputs(stateWith(outputs), undefined, WIDE).html;

describe('published outputs', () => {
  it('are one table: name, value and type', () => {
    expect(html(shown('url', 'https://x.example'), shown('count', { digits: '3' }, 'number'))).toBe(
      [
        '<p><code>s3://b/k/app.tfstate</code>, serial 7</p>',
        '<table>',
        '<tr><th align="left">Output</th><th align="left">Value</th><th align="left">Type</th></tr>',
        '<tr><td><code>url</code></td><td><code>https://x.example</code></td><td><code>string</code></td></tr>',
        '<tr><td><code>count</code></td><td><code>3</code></td><td><code>number</code></td></tr>',
        '</table>',
      ].join('\n'),
    );
  });

  it('fold long values, pretty-printed', () => {
    const value = new Map([['a', ['x'.repeat(90)]]]);
    expect(html(shown('o', value, 'object({ a = list(string) })'))).toContain(
      '<details><summary>1 attribute</summary><pre>{&#10;  &quot;a&quot;: [&#10;',
    );
    expect(html(shown('makefile', 'all:\n\techo\n'))).toContain('<pre>all:&#10;\techo&#10;</pre>');
    expect(html(shown('pem', 'line 1\nline 2\n\nline 4\n'))).toContain(
      '<summary>4 lines</summary><pre>line 1&#10;line 2&#10;&#10;line 4&#10;</pre>',
    );
  });

  it('show nothing of a sensitive value', () => {
    expect(html(secret('password'))).toContain('<td><code>password</code></td><td><em>(sensitive)</em></td>');
  });

  it('escape names and values: none becomes Markdown, HTML or another row', () => {
    const text = fc.string({
      unit: fc.constantFrom('<', '>', '&', '"', '|', '`', '\n', '\r', '*', '@', '-', 'x', ' '),
    });
    const check = (name: string, value: string) => {
      const rendered = html(shown(name, value), shown('last', '1'));
      expect(rendered).not.toMatch(/\n\s*\n/);
      expect(rendered.match(/<tr>/g)).toHaveLength(3);
      expect(rendered.match(/<\/?[a-z]+[^>]*>/g)?.filter((tag) => !TAGS.test(tag))).toEqual([]);
    };
    fc.assert(fc.property(text, text, check));
  });

  it('are cut to the available room: long values first, with a note, then whole rows', () => {
    const cut = renderOutputs(stateWith([shown('o', 'y'.repeat(500))]), undefined, {
      total: 9_000,
      value: 100,
    });
    expect(cut.html).toContain('<em>truncated: 100 of 500 characters are shown</em>');
    expect(cut).toMatchObject({ cut: 1, leftOut: 0 });
    const many = Array.from({ length: 100 }, (_, i) => shown(`o${i}`, 'z'.repeat(60)));
    const short = renderOutputs(stateWith(many), undefined, { total: 5_000, value: 100 });
    expect(short.html.length).toBeLessThan(5_000);
    expect(short.leftOut).toBeGreaterThan(0);
  });
});

const TAGS = /^<\/?(?:p|code|em|table|tr|th align="left"|th|td|details|summary|pre)>$/;

describe('what changed', () => {
  it('is listed for each output, never with a sensitive value', () => {
    const before = remember([shown('a', '1'), shown('b', '1'), secret('s'), shown('gone', 'x')]);
    const now = [shown('a', '1'), shown('b', '2'), shown('c', '3'), secret('s')];
    const { byName, removed } = compareOutputs(before, now);
    expect(Object.fromEntries(byName)).toEqual({ a: 'same', b: 'changed', c: 'added', s: 'unknown' });
    expect(removed).toEqual(['gone']);
  });

  it('is remembered in the section, without anything of a sensitive value', () => {
    const memory = remember([shown('a', '1'), secret('s')]);
    expect(readMemory(`x\n${printMemory(memory)}\ny`)).toEqual(memory);
    expect(memory.get('s')).toBeUndefined();
  });

  it('is shown in the section of the next run', () => {
    const first = renderSection(stateWith([shown('a', '1'), shown('b', '1')]), context(undefined));
    expect(first?.content).not.toContain('Against');
    const second = renderSection(stateWith([shown('a', '2'), shown('c', '1')]), context(first?.content));
    expect(second?.content).toContain(
      'Since the last version of this comment: 1 added, 1 changed, 1 removed: <code>b</code>.',
    );
    expect(second?.content).toContain('<td><code>a</code>&nbsp;✏️&nbsp;changed</td>');
  });

  it('shows the old value, even if it is long or not a string', () => {
    const list = (...items: string[]) => shown('zones', items, 'list(string)');
    const first = renderSection(stateWith([shown('a', 'old'), list('x'.repeat(90))]), context(undefined));
    const second = renderSection(stateWith([shown('a', 'new'), list('y', 'z')]), context(first?.content));
    expect(second?.content).toContain('<td><code>new</code><br>was <code>old</code></td>');
    expect(second?.content).toContain('<br>was <details><summary>1 element</summary><pre>');
    const third = renderSection(stateWith([shown('a', 'new'), list('y', 'z')]), context(second?.content));
    expect(third?.content).not.toContain('<br>was');
  });

  it('shows no old value that was too long, is masked by now or belongs to an output that has become sensitive', () => {
    const was = renderSection(
      stateWith([shown('a', 'v'.repeat(300)), shown('b', 'hunter2'), shown('c', 'plain')]),
      context(undefined),
    );
    const isMasked = (text: string) => text.includes('hunter2');
    const now = stateWith([shown('a', '1'), shown('b', '2'), secret('c')]);
    const section = renderSection(now, { ...context(was?.content), isMasked });
    expect(section?.content).toContain('0 added, 2 changed, 0 removed');
    expect(section?.content).not.toMatch(/<br>was|hunter2|plain/);
  });

  it('remembers for many values only that they changed', () => {
    const outputs = (value: string) =>
      Array.from({ length: 120 }, (_, i) => shown(`o${i}`, value.repeat(60)));
    const first = renderSection(stateWith(outputs('a')), context(undefined));
    const second = renderSection(stateWith(outputs('b')), context(first?.content));
    expect(second?.content).toContain('0 added, 120 changed, 0 removed');
    expect(second?.content).not.toContain('<br>was');
  });

  it('is computed from a comment of an earlier version, which has only hashes', () => {
    const hashes = Buffer.from(JSON.stringify({ a: 'x'.repeat(16), s: null })).toString('base64url');
    const section = renderSection(
      stateWith([shown('a', '1'), secret('s')]),
      context(`<!-- values ${hashes} -->`),
    );
    expect(section?.content).toContain('0 added, 1 changed, 0 removed');
  });

  it('an older run does not overwrite what a newer one has published', () => {
    const newer = renderSection(stateWith([shown('a', '2')]), context(undefined, '124'));
    expect(renderSection(stateWith([shown('a', '1')]), context(newer?.content, '123'))).toBeUndefined();
    expect(renderSection(stateWith([shown('a', '1')]), context(newer?.content, '124'))).toBeDefined();
  });

  it('large values are cut before outputs are dropped', () => {
    const outputs = [shown('a', '"'.repeat(9_000)), shown('b', 'B'), shown('c', 'C')];
    const section = renderSection(stateWith(outputs), { ...context(undefined), room: 6_000 });
    expect(section?.content).toContain('<code>C</code>');
    expect(section?.content).toContain('1 value is truncated: see');
    expect(section?.content.length).toBeLessThan(6_000);
  });

  it('the comment says when there are too many outputs to remember', () => {
    const outputs = Array.from({ length: 600 }, (_, i) => shown(`o${i}`, 'v'));
    const note = 'too many to store here';
    expect(renderSection(stateWith(outputs), context(undefined))?.content).toContain(note);
    expect(renderSection(stateWith(outputs.slice(0, 9)), context(undefined))?.content).not.toContain(note);
    const other = { to: 'x', changes: compareOutputs(new Map(), outputs) };
    expect(renderSection(stateWith(outputs), { ...context(undefined), other })?.content).not.toContain(note);
  });

  it('five thousand outputs stay within the room, with a link to the rest', () => {
    const outputs = Array.from({ length: 5_000 }, (_, i) => shown(`output_${i}`, `value ${i}`));
    const section = renderSection(stateWith(outputs), context(undefined));
    expect(section?.content.length).toBeLessThan(60_000);
    expect(section?.isComplete).toBe(false);
    expect(section?.content).toContain(`see <a href="${job.runUrl}">the job summary</a>`);
  });
});

function context(before: string | undefined, runId = '123') {
  return {
    before,
    now: before,
    room: 60_000,
    job: { ...job, runId },
    other: undefined,
    isMasked: (_: string) => false,
  };
}
