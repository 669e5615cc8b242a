import { readlinkSync, realpathSync } from 'node:fs';
import { isAbsolute, join, parse, relative, resolve, sep } from 'node:path';

/**
 * How a path relates to the checkout. Whoever writes the checkout decides what is read `inside` it, and which file of
 * this machine is read when it `leads out`.
 */
export type CheckoutPath =
  | { readonly kind: 'inside' | 'outside' }
  // To a file that a link in the checkout names; absolute.
  | { readonly kind: 'leads out'; readonly to: string };

/** Linux's own limit. */
const MOST_LINKS = 40;

/** Follows a path link by link. Both paths are absolute. Anything missing or inaccessible does not count as a link. */
export function locateInCheckout(checkout: string, path: string): CheckoutPath {
  const root = toReal(checkout);
  let isEntered = isBelow(checkout, path);
  let here = path;
  for (const location of locationsOn(path)) {
    here = location;
    isEntered ||= isBelow(root, location);
  }
  if (isBelow(root, here)) return { kind: 'inside' };
  return isEntered ? { kind: 'leads out', to: here } : { kind: 'outside' };
}

/** Whether a path is in a folder, by its name alone. Pure. */
export function isBelow(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Each location that a path passes through, with links followed. The last one is its end. */
function* locationsOn(path: string): Generator<string> {
  let here = parse(path).root;
  let left = split(path);
  let links = 0;
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const location = join(here, name);
    yield location;
    const target = links < MOST_LINKS ? readLink(location) : undefined;
    if (target === undefined) {
      here = location;
      continue;
    }
    links += 1;
    if (isAbsolute(target)) here = parse(target).root;
    left = split(target).concat(left);
  }
  yield here;
}

function split(path: string): string[] {
  return path.slice(parse(path).root.length).split(/[\\/]/).filter(Boolean);
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function toReal(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}
