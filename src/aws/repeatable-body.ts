import type { Readable } from 'node:stream';

const makers = new WeakMap<object, () => Readable>();

/** A stream to be sent that can be made again, by `make`. */
export function repeatableBody(make: () => Readable): Readable {
  const body = make();
  makers.set(body, make);
  return body;
}

/** What to send once more in the place of a body that was sent: itself, or a new stream of the same; undefined: there is none. */
export function repeatBody(body: unknown): { readonly body: unknown } | undefined {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return { body };
  const make = typeof body === 'object' && body !== null ? makers.get(body) : undefined;
  return make === undefined ? undefined : { body: repeatableBody(make) };
}
