import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';

/** Something wrong in a file; lines count from 1. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

type Report = (node: unknown, message: string) => void;

const TOP_KEYS = ['name', 'author', 'description', 'inputs', 'outputs', 'runs', 'branding'];
const RUNS_KEYS = ['using', 'main', 'post', 'post-if', 'pre', 'pre-if'];
const INPUT_KEYS = ['description', 'required', 'default', 'deprecationMessage'];
const OUTPUT_KEYS = ['description'];
const BRANDING_KEYS = ['icon', 'color'];
const COLORS = ['white', 'black', 'yellow', 'blue', 'green', 'orange', 'red', 'purple', 'gray-dark'];

/**
 * Checks the shape of a JavaScript action's metadata: known keys only, everything described, `node24`, and
 * entry files that exist in `dist`. `file` is relative to `root` and is only used in findings and to find
 * the entry files.
 */
export function lintAction(text: string, file: string, root: string): Finding[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const findings: Finding[] = document.errors.map((error) => at(error.pos[0], error.message));
  function at(offset: number, message: string): Finding {
    return { file, line: lines.linePos(offset).line, message };
  }
  const report: Report = (node, message) => findings.push(at(findOffset(node), message));
  const action = document.contents;
  if (!isMap(action)) return [...findings, at(0, 'is not a mapping')];
  checkKeys(action, TOP_KEYS, 'top-level', report);
  for (const key of ['name', 'description']) requireText(action, key, 'the action', report);
  checkRuns(action, dirname(join(root, file)), root, report);
  checkDescribed(action, 'inputs', INPUT_KEYS, report);
  checkDescribed(action, 'outputs', OUTPUT_KEYS, report);
  checkBranding(action, report);
  return findings;
}

function checkRuns(action: YAMLMap, dir: string, root: string, report: Report): void {
  const runs = section(action, 'runs', report);
  if (runs === undefined) {
    report(action, 'runs is missing');
    return;
  }
  checkKeys(runs, RUNS_KEYS, 'runs', report);
  if (runs.get('using') !== 'node24') report(runs.get('using', true) ?? runs, 'runs.using must be node24');
  requireText(runs, 'main', 'runs', report);
  for (const key of ['pre', 'main', 'post']) {
    const entry = runs.get(key);
    if (typeof entry !== 'string') continue;
    const path = normalize(join(dir, entry));
    if (!path.startsWith(join(root, 'dist')))
      report(runs.get(key, true), `runs.${key} must lie in dist: ${entry}`);
    else if (!existsSync(path)) report(runs.get(key, true), `runs.${key} does not exist: ${entry}`);
  }
}

function checkDescribed(action: YAMLMap, name: string, keys: readonly string[], report: Report): void {
  for (const { key, value } of section(action, name, report)?.items ?? []) {
    const entry = `${name}.${String(key)}`;
    if (!isMap(value)) {
      report(key, `${entry} has no description`);
      continue;
    }
    checkKeys(value, keys, entry, report);
    requireText(value, 'description', entry, report);
    const required = value.get('required');
    if (required !== undefined && typeof required !== 'boolean')
      report(value, `${entry}.required must be a boolean`);
  }
}

function checkBranding(action: YAMLMap, report: Report): void {
  const branding = section(action, 'branding', report);
  if (branding === undefined) return;
  checkKeys(branding, BRANDING_KEYS, 'branding', report);
  requireText(branding, 'icon', 'branding', report);
  const color = String(branding.get('color'));
  if (!COLORS.includes(color)) report(branding, `branding.color must be one of ${COLORS.join(', ')}`);
}

/** A mapping below a key; undefined when there is none, reported when it is something else. */
function section(action: YAMLMap, key: string, report: Report): YAMLMap | undefined {
  const value = action.get(key, true);
  if (isMap(value)) return value;
  if (value !== undefined) report(value, `${key} must be a mapping`);
  return undefined;
}

function checkKeys(map: YAMLMap, known: readonly string[], where: string, report: Report): void {
  for (const { key } of map.items) {
    if (!known.includes(String(key))) report(key, `unknown ${where} key: ${String(key)}`);
  }
}

function requireText(map: YAMLMap, key: string, owner: string, report: Report): void {
  const value = map.get(key);
  if (typeof value !== 'string' || value.trim() === '') report(map, `${owner} has no ${key}`);
}

function findOffset(node: unknown): number {
  return ((isScalar(node) || isMap(node)) && node.range?.[0]) || 0;
}
