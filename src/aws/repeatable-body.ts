import type { Readable } from 'node:stream';

const makers = new WeakMap<object, () => Readable>();

/** A stream to send that `make` can recreate. */
export function repeatableBody(make: () => Readable): Readable {
  const body = make();
  makers.set(body, make);
  return body;
}

/**
 * What to send again for a body that was sent: the body itself, or a new stream with the same content; undefined when
 * that is impossible.
 */
export function repeatBody(body: unknown): { readonly body: unknown } | undefined {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return { body };
  const make = typeof body === 'object' && body !== null ? makers.get(body) : undefined;
  return make === undefined ? undefined : { body: repeatableBody(make) };
}
