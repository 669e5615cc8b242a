import { describe, expect, it } from 'vitest';
import { renderTimeline, type TimelineFacts } from '../../src/messages/timeline.ts';

const AT = 1_800_000_000_000;
const facts: TimelineFacts = {
  startedAt: AT,
  lockedAt: AT + 4_000,
  waitedMs: 3_000,
  handedOverAt: AT + 5_000,
  checkpointsAt: [AT + 30_000, AT + 60_000],
  postAt: AT + 90_000,
  pushedAt: AT + 91_500,
  releasedAt: AT + 92_000,
  push: 'pushed',
  release: 'released',
};

describe('the timeline of a job', () => {
  it('shows the wait, the pull, the steps, each checkpoint, the push and the release', () => {
    expect(renderTimeline(facts)).toMatchInlineSnapshot(`
      "<details><summary>Timeline</summary>

      \`\`\`mermaid
      gantt
        dateFormat x
        axisFormat %H:%M:%S
        section Lock
        waited 3s :1800000001000, 1800000004000
        held 1m 28s :active, 1800000004000, 1800000092000
        section Job
        pulled 1s :done, 1800000004000, 1800000005000
        steps 1m 25s :active, 1800000005000, 1800000090000
        checkpoint 1 :milestone, 1800000030000, 1800000030000
        checkpoint 2 :milestone, 1800000060000, 1800000060000
        pushed 2s :done, 1800000090000, 1800000091500
        released 1s :done, 1800000091500, 1800000092000
      \`\`\`

      </details>"
    `);
  });

  it('has no two ticks with the same time in a short job', () => {
    const short = {
      ...facts,
      checkpointsAt: [],
      releasedAt: AT + 3_000,
      pushedAt: AT + 2_900,
      postAt: AT + 2_000,
    };
    expect(renderTimeline(short)).toContain('\n  tickInterval 1second\n');
    expect(renderTimeline(facts)).not.toContain('tickInterval');
  });

  it('omits the lock when none was held, and the pull when nothing was pulled', () => {
    const text = renderTimeline({
      ...facts,
      lockedAt: undefined,
      waitedMs: 0,
      handedOverAt: undefined,
      checkpointsAt: [],
    });
    expect(text).not.toMatch(/Lock|pulled|checkpoint/);
    expect(text).toContain(`steps 1m 30s :active, ${AT}, ${AT + 90_000}`);
  });

  it('shows the last ten of many checkpoints with their numbers', () => {
    const checkpointsAt = Array.from({ length: 12 }, (_, i) => AT + 10_000 + i);
    const text = renderTimeline({ ...facts, checkpointsAt });
    expect(text.match(/milestone/g)).toHaveLength(10);
    expect(text).not.toContain('checkpoint 2 ');
    expect(text).toContain('checkpoint 12 :milestone');
  });

  it('has no bar that ends before it begins, whatever the clock did', () => {
    const text = renderTimeline({ ...facts, releasedAt: AT - 60_000 });
    for (const [, from, until] of text.matchAll(/(\d{13}), (\d{13})/g)) {
      expect(Number(until)).toBeGreaterThanOrEqual(Number(from));
    }
  });
});
