/** The number of values of a UTF-16 unit. */
const UNIT = 65_536;

/** A tree of all needles. Each node has a fallback for when the next character does not fit (Aho and Corasick). */
interface Needles {
  /** By `node * UNIT + unit`. */
  readonly next: ReadonlyMap<number, number>;
  readonly parents: readonly number[];
  readonly units: readonly number[];
  readonly ends: Set<number>;
  /** All nodes but the root, sorted by the length of their texts. */
  readonly byDepth: readonly number[];
}

/**
 * Finds whether any of the needles is in a text, in one pass however many needles there are: both may come from
 * somebody else. Empty needles never match. Pure.
 */
export function createTextFinder(needles: readonly string[]): (text: string) => boolean {
  const tree = plant(needles);
  const fallbacks = findFallbacks(tree);
  return (text) => {
    let node = 0;
    for (let at = 0; at < text.length; at += 1) {
      node = step(tree, fallbacks, node, text.charCodeAt(at));
      if (tree.ends.has(node)) return true;
    }
    return false;
  };
}

function plant(needles: readonly string[]): Needles {
  const next = new Map<number, number>();
  const parents = [0];
  const units = [0];
  const ends = new Set<number>();
  const levels: number[][] = [];
  for (const needle of needles) {
    let node = 0;
    for (let at = 0; at < needle.length; at += 1) {
      const unit = needle.charCodeAt(at);
      const edge = node * UNIT + unit;
      const child = next.get(edge) ?? parents.length;
      if (child === parents.length) {
        next.set(edge, child);
        parents.push(node);
        units.push(unit);
        const level = levels[at] ?? [];
        level.push(child);
        levels[at] = level;
      }
      node = child;
    }
    if (node !== 0) ends.add(node);
  }
  return { next, parents, units, ends, byDepth: levels.flat() };
}

/** For each node, the longest suffix of its text that begins a needle. What ends a needle there also ends one here. */
function findFallbacks(tree: Needles): readonly number[] {
  const fallbacks: number[] = new Array(tree.parents.length).fill(0);
  for (const node of tree.byDepth) {
    const parent = tree.parents[node] ?? 0;
    if (parent === 0) continue;
    const fallback = step(tree, fallbacks, fallbacks[parent] ?? 0, tree.units[node] ?? 0);
    fallbacks[node] = fallback;
    if (tree.ends.has(fallback)) tree.ends.add(node);
  }
  return fallbacks;
}

function step({ next }: Needles, fallbacks: readonly number[], from: number, unit: number): number {
  let node = from;
  for (;;) {
    const found = next.get(node * UNIT + unit);
    if (found !== undefined) return found;
    if (node === 0) return 0;
    node = fallbacks[node] ?? 0;
  }
}
