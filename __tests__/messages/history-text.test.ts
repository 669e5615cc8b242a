import { describe, expect, it } from 'vitest';
import { renderHistory } from '../../src/messages/history-text.ts';
import { NOW, scope } from '../job-state/scopes.ts';

const RUN = 'https://github.com/octo-org/infrastructure/actions/runs/1658821490/attempts/1';

describe('the list of versions', () => {
  it('keeps the long column last, so that the page cuts off no other', () => {
    const version = {
      kind: 'state',
      versionId: 'v3',
      isCurrent: true,
      time: new Date(NOW),
      size: 1_234,
    } as const;
    const provenance = {
      actor: 'octocat',
      run: RUN,
      lockId: 'l',
      md5: 'm',
      restoredFrom: undefined,
    };
    const entry = { version, serial: 3n, provenance, changes: 2, problem: undefined };
    const text = renderHistory(scope, [entry], false);
    const heads = [...text.matchAll(/<th[^>]*>([^<]*)<\/th>/g)].map(([, name]) => name);
    expect(heads).toEqual(['Version', 'Time', 'Serial', 'Bytes', 'Changes', 'By']);
    expect(text).toContain('<td>2026-01-02T03:04:05Z</td><td>3</td><td>1234</td><td>2</td><td><code>octocat');
  });
});
