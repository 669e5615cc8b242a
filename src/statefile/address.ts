/** The parts of a resource instance's address in the state (docs/protocol.md#state-file). */
export interface AddressParts {
  readonly module: string;
  readonly type: string;
  readonly name: string;
  /** The source text of a number, or a string key. */
  readonly index: { readonly kind: 'number' | 'string'; readonly text: string } | undefined;
  readonly deposed: string | undefined;
}

const NAMED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['"', '\\"'],
  ['\\', '\\\\'],
]);
/** What Go's unicode.IsPrint considers printable. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const LAST_OF_BASIC_PLANE = 0xffff;

/** The address as Terraform prints it, such as `module.a["x"].terraform_data.b[0]`. */
export function formatAddress({ module, type, name, index, deposed }: AddressParts): string {
  const prefix = module === '' ? '' : `${module}.`;
  const key = index === undefined ? '' : `[${index.kind === 'string' ? quoteKey(index.text) : index.text}]`;
  const suffix = deposed === undefined ? '' : ` (deposed ${deposed})`;
  return `${prefix}${type}.${name}${key}${suffix}`;
}

/** An HCL string literal, escaped as Terraform's `toHCLQuotedString` (internal/addrs/instance_key.go) does. */
export function quoteKey(text: string): string {
  const characters = Array.from(text);
  return `"${characters.map((character, at) => escapeOne(character, characters[at + 1])).join('')}"`;
}

function escapeOne(character: string, next: string | undefined): string {
  const named = NAMED_ESCAPES.get(character);
  if (named !== undefined) return named;
  if ((character === '$' || character === '%') && next === '{') return character + character;
  if (PRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code <= LAST_OF_BASIC_PLANE ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
