import { BlockList, isIP } from 'node:net';

/** One endpoint. */
export interface Target {
  /** In the form of a URL. An IPv6 address may be in brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Whether `no_proxy` exempts an endpoint from the proxy, by the rules of Go's HTTP client, which Terraform uses: a
 * comma-separated list of `*`, an address, a range (CIDR), `host` with all its subdomains, `.domain` or `*.domain` with
 * only the subdomains, each except a range with an optional `:port`. This machine itself is never proxied. Pure.
 */
export function isExempt({ host, port }: Target, noProxy: string | undefined): boolean {
  const name = bare(host.toLowerCase());
  if (name === 'localhost' || isLoopback(name)) return true;
  const rules = (noProxy ?? '').split(',').map((rule) => rule.trim().toLowerCase());
  return rules.some((rule) => rule !== '' && matches(rule, name, port));
}

function matches(rule: string, name: string, port: number): boolean {
  if (rule === '*') return true;
  if (rule.includes('/')) return isInRange(rule, name);
  const { host, port: only } = splitPort(rule);
  if (host === '' || (only !== undefined && only !== String(port))) return false;
  if (isIP(host) !== 0 || isIP(name) !== 0) return isIP(host) !== 0 && sameAddress(host, name);
  const domain = host.startsWith('*.') ? host.slice(1) : host;
  return domain.startsWith('.') ? name.endsWith(domain) : name === domain || name.endsWith(`.${domain}`);
}

function splitPort(rule: string): { host: string; port: string | undefined } {
  if (isIP(rule) !== 0) return { host: rule, port: undefined };
  const [, host = rule, port] = /^(.*):(\d+)$/.exec(rule) ?? [];
  return { host: bare(host), port };
}

function isInRange(rule: string, name: string): boolean {
  const [net = '', prefix = ''] = rule.split('/');
  const family = findFamily(net);
  if (family === undefined || findFamily(name) === undefined || !/^\d{1,3}$/.test(prefix)) return false;
  if (Number(prefix) > (family === 'ipv4' ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(net, Number(prefix), family);
  return list.check(name, findFamily(name));
}

function sameAddress(a: string, b: string): boolean {
  const ours = findFamily(a);
  const theirs = findFamily(b);
  if (ours === undefined || theirs === undefined) return false;
  const list = new BlockList();
  list.addAddress(a, ours);
  return list.check(b, theirs);
}

function isLoopback(name: string): boolean {
  return isInRange('127.0.0.0/8', name) || sameAddress('::1', name);
}

function findFamily(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6';
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
