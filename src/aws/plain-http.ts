import type { HttpRequest } from '@smithy/core/protocols';

/** What nobody on the network path may read. */
export type WireSecret = 'the SSE-C key' | 'an OIDC token' | 'a session token';

/** Whether a URL's host is this machine, according to its name alone. Pure. */
export function isThisMachine(hostname: string): boolean {
  const host = hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
  return /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Whether an endpoint is reached over a network without TLS. Pure. */
export function isReadableOnTheWay(endpoint: string | undefined): boolean {
  const url = endpoint === undefined ? null : URL.parse(endpoint);
  return url?.protocol === 'http:' && !isThisMachine(url.hostname);
}

/** Why a secret is not sent to a host, and the fix. Pure. */
export function plainHttpText(secret: WireSecret, host: string): string {
  return `${secret} would go to ${host} over plain http, where anybody on the network path can read it: use https, or set insecure: true`;
}

/**
 * Throws before a request with a secret leaves over plain `http:` for another machine. Signing keys are never sent, so
 * requests without a secret may leave.
 */
export function requireSecrecy({ protocol, hostname, headers, body }: HttpRequest): void {
  if (protocol !== 'http:' || isThisMachine(hostname)) return;
  const secret = secretIn(headers, body);
  if (secret === undefined) return;
  throw Object.assign(new Error(plainHttpText(secret, hostname)), { code: 'ERR_PLAIN_HTTP' });
}

function secretIn(headers: HttpRequest['headers'], body: unknown): WireSecret | undefined {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  if (names.has('x-amz-server-side-encryption-customer-key')) return 'the SSE-C key';
  if (names.has('x-amz-security-token')) return 'a session token';
  return typeof body === 'string' && body.includes('WebIdentityToken=') ? 'an OIDC token' : undefined;
}
