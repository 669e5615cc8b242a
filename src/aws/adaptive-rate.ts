import { DefaultRateLimiter } from '@smithy/core/retry';
import type { RequestRate } from './attempts.ts';
import { errorFacts } from './error-facts.ts';
import { isThrottled } from './retry.ts';

/**
 * The SDK's own rate for `retry_mode: adaptive`: unlimited until AWS asks to slow down. From then on each call waits
 * for its turn, at a rate that falls with every such answer and otherwise grows again.
 */
export function adaptiveRate(): RequestRate {
  const limiter = new DefaultRateLimiter();
  return {
    turn: () => limiter.getSendToken(),
    learn: (error) => {
      const isSlowDown = error !== undefined && isThrottled(errorFacts(error));
      limiter.updateClientSendingRate({ errorType: isSlowDown ? 'THROTTLING' : 'SERVER_ERROR' });
    },
  };
}
