import { describe, expect, it } from 'vitest';
import { delayAfter } from '../../src/github/api.ts';

const NOW = 1_800_000_000_000;
const refusal = (status: number | undefined, headers: Record<string, string> = {}, message = 'no') => ({
  status,
  message,
  headers,
});
const delay = (answer: ReturnType<typeof refusal>, attempt = 1) => delayAfter(answer, attempt, NOW, () => 1);

describe("a call to GitHub's API that failed", () => {
  it('is retried after a doubling pause when there was no answer or a 5xx', () => {
    expect([1, 2, 3, 4].map((attempt) => delay(refusal(undefined), attempt))).toEqual([1e3, 2e3, 4e3, 8e3]);
    expect(delay(refusal(502))).toBe(1_000);
  });

  it('waits as long as GitHub asks for', () => {
    expect(delay(refusal(429, { 'retry-after': '30' }))).toBe(31_000);
    expect(delay(refusal(403, { 'retry-after': '30' }))).toBe(31_000);
    expect(delay(refusal(503, { 'retry-after': '30' }))).toBe(31_000);
    const reset = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 20) };
    expect(delay(refusal(403, reset))).toBe(21_000);
  });

  it('waits a minute after a secondary limit that names no time', () => {
    expect(delay(refusal(403, {}, 'You have exceeded a secondary rate limit.'))).toBe(61_000);
  });

  it('is not retried when the wait would be too long or pointless', () => {
    expect(delay(refusal(429, { 'retry-after': '3600' }))).toBeUndefined();
    expect(delay(refusal(403, {}, 'Resource not accessible by integration'))).toBeUndefined();
    expect(delay(refusal(404))).toBeUndefined();
    expect(delay(refusal(422))).toBeUndefined();
  });
});
