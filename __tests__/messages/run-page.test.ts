import { expect, it } from 'vitest';
import { renderRun } from '../../src/messages/run-page.ts';

const PAGES = { githubServer: 'https://github.com' };
const RUN = 'https://github.com/acme/infra/actions/runs/9/attempts/2';

it('a run is a link that names its repository and number', () => {
  expect(renderRun(RUN, PAGES)).toBe(`<a href="${RUN}"><code>acme/infra run 9</code></a>`);
});

it.each([
  ['a page of another server', RUN.replace('github.com', 'evil.example')],
  ['a page behind a password', RUN.replace('//', '//x:y@')],
  ['another page', 'https://github.com/acme/infra/pull/9'],
  ['a text', 'local <b>'],
  ['nothing', ''],
])('%s is no link', (_, text) => {
  expect(renderRun(text, PAGES)).not.toMatch(/<a |<b>/);
});

it('a run outside of a job is no link', () => {
  expect(renderRun(RUN, { githubServer: '' })).toBe(`<code>${RUN}</code>`);
});

it('a long text is cut', () => expect(renderRun('x'.repeat(9_000), PAGES).length).toBeLessThan(300));
