import type { ContainerKind, ScalarKind } from './json-grammar.ts';

export interface StateHeader {
  /** Exact: Terraform's serials have 64 bits. 0n when the state names none. */
  readonly serial: bigint;
  /** Empty when the state names none. */
  readonly lineage: string;
  readonly terraformVersion: string | undefined;
}

/** What could be read of an unusable state. */
export interface PartialHeader {
  readonly serial: bigint | undefined;
  readonly lineage: string | undefined;
}

export interface Member {
  readonly kind: ContainerKind | ScalarKind;
  /** Empty for a container. */
  readonly text: string;
}

/** The top-level members by name. The last of equal names counts, as for other JSON readers. */
export type Members = ReadonlyMap<string, Member>;

export type HeaderProblem = 'not_version_4' | 'malformed' | 'encrypted';

export type HeaderCheck =
  | { readonly ok: true; readonly header: StateHeader; readonly isEncrypted: boolean }
  | { readonly ok: false; readonly problem: HeaderProblem; readonly detail: string };

/** The members that affect a decision. No others are kept. */
export const HEADER_MEMBERS: ReadonlySet<string> = new Set([
  'version',
  'terraform_version',
  'serial',
  'lineage',
  'outputs',
  'resources',
  'encrypted_data',
]);

const WHOLE_NUMBER = /^(?:0|[1-9]\d*)$/;
const LARGEST_SERIAL = 2n ** 64n - 1n;
const SHOWN_LENGTH = 24;

/** Checks the top level as Terraform does when it reads a state (docs/protocol.md#state-file, docs/protocol.md#empty-and-encrypted-states). `null` counts as absent. */
export function checkHeader(members: Members): HeaderCheck {
  // OpenTofu's encrypted file has no version, but keeps serial and lineage readable (docs/protocol.md#empty-and-encrypted-states).
  if (members.has('encrypted_data') && !members.has('version')) return checkEnvelope(members);
  const version = versionProblem(present(members, 'version'));
  if (version !== undefined) return { ok: false, problem: 'not_version_4', detail: version };
  const shape = shapeProblem(members);
  if (shape !== undefined) return { ok: false, problem: 'malformed', detail: shape };
  const { serial, lineage } = partialHeader(members);
  const terraformVersion = present(members, 'terraform_version')?.text;
  return {
    ok: true,
    header: { serial: serial ?? 0n, lineage: lineage ?? '', terraformVersion: terraformVersion || undefined },
    isEncrypted: false,
  };
}

/** Only serial and lineage of an encrypted state can be read, so it must have both. */
function checkEnvelope(members: Members): HeaderCheck {
  const { serial, lineage } = partialHeader(members);
  if (serial === undefined || lineage === undefined) {
    const detail = 'it is encrypted by OpenTofu, without a serial or lineage beside it';
    return { ok: false, problem: 'encrypted', detail };
  }
  return { ok: true, header: { serial, lineage, terraformVersion: undefined }, isEncrypted: true };
}

/** Serial and lineage, if they are present and of the right type. */
export function partialHeader(members: Members): PartialHeader {
  const serial = present(members, 'serial');
  const lineage = present(members, 'lineage');
  return {
    serial: serial !== undefined && isSerial(serial) ? BigInt(serial.text) : undefined,
    lineage: lineage?.kind === 'string' ? lineage.text : undefined,
  };
}

function versionProblem(version: Member | undefined): string | undefined {
  if (version === undefined) return 'it has no "version"';
  if (version.kind !== 'number') return `its "version" is ${describe(version)}, not the number 4`;
  return version.text === '4' ? undefined : `its "version" is ${describe(version)}, not 4`;
}

function shapeProblem(members: Members): string | undefined {
  const serial = present(members, 'serial');
  if (serial !== undefined && !isSerial(serial)) {
    return `its "serial" is ${describe(serial)}, not a whole number of 64 bits`;
  }
  return (
    kindProblem(members, 'lineage', 'string') ??
    kindProblem(members, 'terraform_version', 'string') ??
    kindProblem(members, 'outputs', 'object') ??
    kindProblem(members, 'resources', 'array')
  );
}

function kindProblem(members: Members, name: string, kind: Member['kind']): string | undefined {
  const member = present(members, name);
  if (member === undefined || member.kind === kind) return undefined;
  return `its "${name}" is ${describe(member)}, not ${withArticle(kind)}`;
}

function isSerial({ kind, text }: Member): boolean {
  return kind === 'number' && parseSerial(text) !== undefined;
}

/** The serial that a text names; undefined when no state can have it. Pure. */
export function parseSerial(text: string): bigint | undefined {
  if (!WHOLE_NUMBER.test(text) || text.length > 20) return undefined;
  const serial = BigInt(text);
  return serial <= LARGEST_SERIAL ? serial : undefined;
}

function present(members: Members, name: string): Member | undefined {
  const member = members.get(name);
  return member?.kind === 'null' ? undefined : member;
}

function describe({ kind, text }: Member): string {
  return kind === 'number' ? `the number ${text.slice(0, SHOWN_LENGTH)}` : withArticle(kind);
}

function withArticle(kind: Member['kind']): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
