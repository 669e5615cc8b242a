import { type Body, parseBody, parseJson } from '../../terraform-config/body.ts';
import { templateText } from '../../terraform-config/template.ts';
import type { ConfigValue, Entry } from '../../terraform-config/value.ts';

/** What OpenTofu's `TF_ENCRYPTION` says about how states are encrypted. */
export interface EncryptionConfig {
  readonly passphrases: readonly string[];
  readonly kmsKeyIds: readonly string[];
  readonly aads: readonly Buffer[];
  /** Arguments that would have to be evaluated, as `key_provider.pbkdf2.NAME.passphrase`. */
  readonly unknown: readonly string[];
}

/** A `key_provider` or a `method`. */
interface Part {
  readonly type: string;
  readonly name: string;
  readonly values: ReadonlyMap<string, ConfigValue>;
}

type PartKind = 'key_provider' | 'method';

/**
 * Reads the text of `TF_ENCRYPTION`, which is HCL or JSON. What states need of it: the passphrases of `pbkdf2`, the keys of
 * `aws_kms`, and the `aad` of `aes_gcm`. Ignores other types, as long as no state needs them. Pure. Errors:
 * ConfigSyntaxError.
 */
export function parseEncryption(text: string): EncryptionConfig {
  const find = text.trimStart().startsWith('{') ? partsInJson(parseJson(text)) : partsInHcl(text);
  const found: { -readonly [Name in keyof EncryptionConfig]: EncryptionConfig[Name][number][] } = {
    passphrases: [],
    kmsKeyIds: [],
    aads: [],
    unknown: [],
  };
  const noteText = (part: Part, argument: string, texts: string[]): void => {
    const value = part.values.get(argument);
    if (value?.kind === 'text') texts.push(value.text);
    else if (value !== undefined) found.unknown.push(`key_provider.${part.type}.${part.name}.${argument}`);
  };
  for (const provider of find('key_provider')) {
    if (provider.type === 'pbkdf2') noteText(provider, 'passphrase', found.passphrases);
    if (provider.type === 'aws_kms') noteText(provider, 'kms_key_id', found.kmsKeyIds);
  }
  for (const { type, name, values } of find('method')) {
    const aad = values.get('aad');
    if (type !== 'aes_gcm' || aad === undefined) continue;
    const bytes = toBytes(aad);
    if (bytes === undefined) found.unknown.push(`method.${type}.${name}.aad`);
    else found.aads.push(bytes);
  }
  return found;
}

function partsInHcl(text: string): (kind: PartKind) => Part[] {
  const { blocks }: Body = parseBody(text, ['key_provider', 'method']);
  return (kind) =>
    blocks
      .filter(({ type }) => type === kind)
      .map(({ labels: [type = '', name = ''], body }) => ({ type, name, values: body.values }));
}

/** `{"key_provider": {"pbkdf2": {"NAME": {...}}}}`, where each object may also be a list of objects. */
function partsInJson(root: ConfigValue): (kind: PartKind) => Part[] {
  return (kind) =>
    listEntries(root)
      .filter(([name]) => name === kind)
      .flatMap(([, types]) => listEntries(types))
      .flatMap(([type, names]) =>
        listEntries(names).flatMap(([name, bodies]) =>
          toObjects(bodies).map((entries) => ({ type, name, values: new Map(entries.map(unescapeText)) })),
        ),
      );
}

/** OpenTofu evaluates texts in JSON as templates here, although no backend block does that. */
function unescapeText([name, value]: Entry): Entry {
  if (value.kind !== 'text') return [name, value];
  return [name, { ...value, text: templateText(value.text) ?? value.text }];
}

function listEntries(value: ConfigValue): (readonly [string, ConfigValue])[] {
  return toObjects(value).flat();
}

function toObjects(value: ConfigValue): (readonly (readonly [string, ConfigValue])[])[] {
  if (value.kind === 'object') return [value.entries];
  return value.kind === 'list' ? value.items.flatMap(toObjects) : [];
}

/** A list of numbers from 0 to 255; undefined for anything else. */
function toBytes(value: ConfigValue): Buffer | undefined {
  if (value.kind !== 'list') return undefined;
  const bytes = value.items.map((item) => (item.kind === 'number' ? Number(item.text) : Number.NaN));
  return bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)
    ? Buffer.from(bytes)
    : undefined;
}
