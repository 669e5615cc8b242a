import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commentBody, commentMarker, hasMarker, splitSections } from '../../src/github/comment-body.ts';

describe('the shared comment', () => {
  it('is recognised by the marker at its beginning', () => {
    const body = commentBody('outputs', [{ id: 'b/k', content: '<p>x</p>' }]);
    expect(hasMarker(body, 'outputs')).toBe(true);
    expect(hasMarker(body, 'output')).toBe(false);
    expect(hasMarker(`> ${body}`, 'outputs')).toBe(false);
  });

  it("has an id that can't end the marker or be confused with another", () => {
    expect(commentMarker('a --> b')).toBe('<!-- terraform-s3-state comment a%20%2D%2D%3E%20b -->');
  });

  it('sorts its sections by state, whoever came first', () => {
    const sections = ['b/z', 'b/a', 'b/m'].map((id) => ({ id, content: `<p>${id}</p>` }));
    expect(splitSections(commentBody('c', sections)).map(({ id }) => id)).toEqual(['b/a', 'b/m', 'b/z']);
  });

  it('keeps the section after one whose end somebody has cut off', () => {
    const sections = ['b/one', 'b/two'].map((id) => ({ id, content: `<p>${id}</p>` }));
    const body = commentBody('c', sections).replace('\n<!-- end of section -->', '');
    expect(splitSections(body)).toEqual([sections[1]]);
  });

  it('keeps every section unchanged', () => {
    const section = fc.record({
      id: fc.string({ minLength: 1, unit: 'grapheme' }),
      content: fc.string().map((text) => `<p>${text.replaceAll('<', '&lt;')}</p>`),
    });
    const check = (sections: { id: string; content: string }[]) => {
      const read = new Map(splitSections(commentBody('c', sections)).map(({ id, content }) => [id, content]));
      expect(read).toEqual(new Map(sections.map(({ id, content }) => [id, content])));
    };
    fc.assert(fc.property(fc.array(section), check));
  });
});
