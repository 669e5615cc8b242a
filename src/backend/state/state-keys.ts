import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { EnvelopeMeta } from '../../statefile/envelope-reader.ts';
import type { StateDecryption, StateKmsKey } from './decryption.ts';
import { type Derivation, identifyKeyProvider, type KeyProvider, type Wrapped } from './key-providers.ts';

const derive = promisify(pbkdf2);

/** The most key providers of one envelope that are tried. */
const MOST_PROVIDERS = 4;
/** The most passphrases that are tried with each. */
const MOST_PASSPHRASES = 4;
/** The most keys that are made for one envelope. Each takes a tenth of a second or more. */
const MOST_KEYS = 16;
/** In characters, in errors. */
const LONGEST_NAME = 80;
const ENCRYPTED = 'it is encrypted by OpenTofu';

/** Why there are no keys. `detail` ends the sentence "the state can't be used: ...". */
export interface NoKeys {
  readonly kind: 'none';
  readonly problem: 'encrypted' | 'unsupported_encryption';
  readonly detail: string;
}

/** The keys to try. */
export type StateKeys = { readonly kind: 'keys'; readonly keys: readonly Buffer[] } | NoKeys;

/** Decrypts a key with KMS. */
export type DecryptKey = (request: {
  readonly keyId: string;
  readonly ciphertext: Buffer;
  readonly context: Readonly<Record<string, string>> | undefined;
  readonly endpoint: string | undefined;
}) => Promise<Buffer>;

/**
 * Derives the keys of an envelope. Anybody who can write the state can write the envelope, so it decides neither how
 * much is computed nor which KMS key is used. A `pbkdf2` with `chain` takes the key of another provider for its passphrase,
 * and the envelope does not say of which one. So each is tried. Errors: those of KMS.
 */
export async function makeStateKeys(
  meta: EnvelopeMeta | undefined,
  decryption: StateDecryption,
  decryptKey: DecryptKey,
): Promise<StateKeys> {
  if (meta === undefined)
    return none(
      'encrypted',
      `${ENCRYPTED}, but the data of its key providers does not precede the ciphertext`,
    );
  const providers = [...meta].slice(0, MOST_PROVIDERS).map(([name, data]) => identifyKeyProvider(name, data));
  const obstacle = findObstacle(providers) ?? findMissing(providers, decryption);
  return obstacle ?? { kind: 'keys', keys: await makeKeys(providers, decryption, decryptKey) };
}

/** Why no key can be made, whatever is given. An envelope has only the providers that are needed. */
function findObstacle(providers: readonly KeyProvider[]): NoKeys | undefined {
  if (providers.length === 0) {
    const detail = `${ENCRYPTED} without a key provider, as only the method external does`;
    return none('unsupported_encryption', detail);
  }
  for (const provider of providers) {
    if (provider.type === 'unsupported') {
      const what =
        provider.other === undefined
          ? 'a key provider of unknown type'
          : `the key provider ${provider.other}`;
      return none('unsupported_encryption', `${ENCRYPTED} with ${what} (${nameShortly(provider)})`);
    }
    if (provider.type === 'pbkdf2' && provider.problem !== undefined)
      return none('encrypted', `${ENCRYPTED} with pbkdf2, but ${provider.problem}`);
  }
  return undefined;
}

/** The key or passphrase that is not given. Beside an `aws_kms`, a `pbkdf2` needs none: it is chained to it. */
function findMissing(
  providers: readonly KeyProvider[],
  { passphrases, kmsKeys }: StateDecryption,
): NoKeys | undefined {
  const provider = providers.find(({ type }) => type === 'aws_kms') ?? providers[0];
  if (provider === undefined) return undefined;
  const isKms = provider.type === 'aws_kms';
  if ((isKms ? kmsKeys : passphrases).length > 0) return undefined;
  const missing = `whose ${isKms ? 'key' : 'passphrase'} is not given`;
  return none(
    'encrypted',
    `${ENCRYPTED} with the key provider ${provider.type} (${nameShortly(provider)}), ${missing}`,
  );
}

/** Anybody who can write the state chooses the name. */
function nameShortly({ name }: KeyProvider): string {
  return name.slice(0, LONGEST_NAME);
}

/** The keys of each provider by itself come before those of providers that are chained. */
async function makeKeys(
  providers: readonly KeyProvider[],
  decryption: StateDecryption,
  decryptKey: DecryptKey,
): Promise<Buffer[]> {
  const made: MadeKey[] = [];
  for (const provider of providers) {
    for (const key of await makeOwnKeys(provider, decryption, decryptKey))
      made.push({ key, chain: [provider] });
  }
  // The list grows meanwhile, by the keys that are chained to those in it.
  for (const upstream of made) {
    for (const provider of providers) {
      if (made.length >= MOST_KEYS) return made.map(({ key }) => key);
      const next = await chain(upstream, provider);
      if (next !== undefined) made.push(next);
    }
  }
  return made.map(({ key }) => key);
}

/** The keys that a provider makes without another one. */
async function makeOwnKeys(
  provider: KeyProvider,
  { passphrases, kmsKeys }: StateDecryption,
  decryptKey: DecryptKey,
): Promise<Buffer[]> {
  if (provider.type === 'aws_kms') return await unwrap(provider.wrapped, kmsKeys, decryptKey);
  if (provider.type !== 'pbkdf2') return [];
  const { derivation } = provider;
  const tried = passphrases.slice(0, MOST_PASSPHRASES);
  return await Promise.all(tried.map((passphrase) => deriveKey(derivation, passphrase)));
}

/** Undefined when the provider takes no other's key, or the key went through it already. */
async function chain(upstream: MadeKey, provider: KeyProvider): Promise<MadeKey | undefined> {
  if (provider.type !== 'pbkdf2' || upstream.chain.includes(provider)) return undefined;
  return { key: await deriveKey(provider.derivation, upstream.key), chain: [...upstream.chain, provider] };
}

/** A key, and the providers through which it went. */
interface MadeKey {
  readonly key: Buffer;
  readonly chain: readonly KeyProvider[];
}

async function deriveKey(
  { salt, iterations, hash_function, key_length }: Derivation,
  passphrase: string | Buffer,
): Promise<Buffer> {
  return await derive(passphrase, Buffer.from(salt, 'base64'), iterations, key_length, hash_function);
}

/** With one key, its refusal is an error. With several, each may have been another's. */
async function unwrap(
  { ciphertext_blob, encryption_context: context }: Wrapped,
  kmsKeys: readonly StateKmsKey[],
  decryptKey: DecryptKey,
): Promise<Buffer[]> {
  const ciphertext = Buffer.from(ciphertext_blob, 'base64');
  const keys: Buffer[] = [];
  let refusal: unknown;
  for (const kms of kmsKeys) {
    try {
      keys.push(await decryptKey({ ...kms, ciphertext, context }));
    } catch (error) {
      refusal ??= error;
    }
  }
  if (keys.length === 0 && refusal !== undefined) throw refusal;
  return keys;
}

function none(problem: NoKeys['problem'], detail: string): NoKeys {
  return { kind: 'none', problem, detail };
}
