import { expect, it } from 'vitest';
import { renderRefused } from '../../src/messages/refused-page.ts';
import { scope } from '../job-state/scopes.ts';

const RUN = 'https://github.com/acme/infra/actions/runs/9';
const HOSTILE = '</code><script>x</script>';

function writtenBy(actor: string, run: string) {
  const lastModified = new Date(Date.UTC(2026, 0, 2));
  const provenance = { actor, run, lockId: 'l', md5: 'm' };
  return { etag: undefined, versionId: undefined, lastModified, provenance };
}

it('a refusal says why, what to do, and links who wrote the state last', () => {
  const text = renderRefused(scope, ['It moved.\nPlan again.\nDetails.', 'No state.'], writtenBy('bob', RUN));
  expect(text.match(/>Why</g)).toHaveLength(2);
  expect(text).toContain('<td><code>Plan again.</code></td>');
  expect(text).not.toContain('Details');
  expect(text).toContain(
    `<td>2026-01-02T00:00:00Z by <code>bob</code> in <a href="${RUN}"><code>acme/infra run 9</code></a></td>`,
  );
  expect(renderRefused(scope, ['x'], undefined)).toContain('none: there is no state now');
});

it("other people's text adds no markup", () => {
  const text = renderRefused(scope, [`${HOSTILE}\n${HOSTILE}`], writtenBy(HOSTILE, HOSTILE));
  expect(text).not.toContain('<script');
});
