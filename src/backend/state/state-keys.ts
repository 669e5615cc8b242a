import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import * as v from 'valibot';
import type { EnvelopeMeta } from '../../statefile/envelope-reader.ts';
import { isKeyLength } from '../../statefile/gcm-reader.ts';
import type { StateDecryption, StateKmsKey } from './decryption.ts';

const derive = promisify(pbkdf2);

/**
 * OpenTofu accepts no fewer and uses 600,000 by default. More would cost seconds for each key that a hostile envelope
 * asks for.
 */
const ITERATIONS = { least: 200_000, most: 5_000_000 };
const LONGEST_SALT = 1_024;
/** The most key providers of one envelope that are tried. */
const MOST_PROVIDERS = 4;
/** The most passphrases that are tried with each. */
const MOST_PASSPHRASES = 4;
/** The most keys that are made for one envelope. Each takes a tenth of a second or more. */
const MOST_KEYS = 16;

const Base64 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]+={0,2}$/));
/** What `pbkdf2` stores in an envelope. */
const Derivation = v.object({
  salt: Base64,
  iterations: v.pipe(v.number(), v.integer(), v.minValue(1)),
  hash_function: v.string(),
  key_length: v.pipe(v.number(), v.integer()),
});

/** The keys to try, or why there are none, as the end of "the state can't be used: ...". */
export type StateKeys =
  | { readonly kind: 'keys'; readonly keys: readonly Buffer[] }
  | { readonly kind: 'none'; readonly detail: string };

/** What `aws_kms` stores in an envelope. */
const Wrapped = v.object({
  ciphertext_blob: Base64,
  encryption_context: v.optional(v.record(v.string(), v.string())),
});

/** Decrypts a key with KMS. */
export type DecryptKey = (request: {
  readonly keyId: string;
  readonly ciphertext: Buffer;
  readonly context: Readonly<Record<string, string>> | undefined;
  readonly endpoint: string | undefined;
}) => Promise<Buffer>;

/**
 * Derives the keys of an envelope. Anybody who can write the state can write the envelope, so it decides neither how
 * much is computed nor which KMS key is used. The data that a key provider stored shows its type, whatever its name. A
 * `pbkdf2` with `chain` takes the key of another provider for its passphrase, and the envelope does not say of which one.
 * So each is tried. Errors: those of KMS.
 */
export async function makeStateKeys(
  meta: EnvelopeMeta | undefined,
  decryption: StateDecryption,
  decryptKey: DecryptKey,
): Promise<StateKeys> {
  if (meta === undefined)
    return none(
      'it is encrypted by OpenTofu, but the data of its key providers does not precede the ciphertext',
    );
  const providers = [...meta.entries()].slice(0, MOST_PROVIDERS).map(toProvider);
  const problem = providers.map(({ problem }) => problem).find((text) => text !== undefined);
  if (problem !== undefined) return none(`it is encrypted by OpenTofu with pbkdf2, but ${problem}`);
  const keys = await makeKeys(providers, decryption, decryptKey);
  if (keys.length > 0) return { kind: 'keys', keys };
  const names = providers.map(({ name }) => name).join(', ') || 'none';
  const given = nameGiven(decryption);
  return none(`it is encrypted by OpenTofu with another key provider than ${given} (${names})`);
}

function nameGiven({ passphrases, kmsKeys }: StateDecryption): string {
  const given: string[] = [];
  if (passphrases.length > 0) given.push('pbkdf2');
  if (kmsKeys.length > 0) given.push('aws_kms');
  return given.join(' or ') || 'pbkdf2 and aws_kms';
}

/** A key provider as the envelope shows it. Without either, it is of another type. */
interface Provider {
  readonly name: string;
  readonly derivation: v.InferOutput<typeof Derivation> | undefined;
  readonly wrapped: v.InferOutput<typeof Wrapped> | undefined;
  /** What is wrong with its parameters. */
  readonly problem: string | undefined;
}

function toProvider([name, bytes]: readonly [string, Buffer]): Provider {
  const derivation = parse(Derivation, bytes);
  const wrapped = parse(Wrapped, bytes);
  return { name, derivation, wrapped, problem: derivation && findProblem(derivation) };
}

/** The keys of each provider by itself come before those of providers that are chained. */
async function makeKeys(
  providers: readonly Provider[],
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
  { wrapped, derivation }: Provider,
  { passphrases, kmsKeys }: StateDecryption,
  decryptKey: DecryptKey,
): Promise<Buffer[]> {
  if (wrapped !== undefined) return await unwrap(wrapped, kmsKeys, decryptKey);
  if (derivation === undefined) return [];
  const tried = passphrases.slice(0, MOST_PASSPHRASES);
  return await Promise.all(tried.map((passphrase) => deriveKey(derivation, passphrase)));
}

/** Undefined when the provider takes no other's key, or the key went through it already. */
async function chain(upstream: MadeKey, provider: Provider): Promise<MadeKey | undefined> {
  const { derivation } = provider;
  if (derivation === undefined || upstream.chain.includes(provider)) return undefined;
  return { key: await deriveKey(derivation, upstream.key), chain: [...upstream.chain, provider] };
}

/** A key, and the providers through which it went. */
interface MadeKey {
  readonly key: Buffer;
  readonly chain: readonly Provider[];
}

async function deriveKey(
  { salt, iterations, hash_function, key_length }: v.InferOutput<typeof Derivation>,
  passphrase: string | Buffer,
): Promise<Buffer> {
  return await derive(passphrase, Buffer.from(salt, 'base64'), iterations, key_length, hash_function);
}

/** With one key, its refusal is an error. With several, each may have been another's. */
async function unwrap(
  { ciphertext_blob, encryption_context: context }: v.InferOutput<typeof Wrapped>,
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

function none(detail: string): StateKeys {
  return { kind: 'none', detail };
}

function parse<Shape extends v.GenericSchema>(shape: Shape, bytes: Buffer): v.InferOutput<Shape> | undefined {
  try {
    return v.parse(shape, JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
}

function findProblem({
  salt,
  iterations,
  hash_function,
  key_length,
}: v.InferOutput<typeof Derivation>): string | undefined {
  const { least, most } = ITERATIONS;
  if (iterations < least || iterations > most)
    return `its ${iterations} iterations are not between ${least} and ${most}`;
  if (hash_function !== 'sha256' && hash_function !== 'sha512')
    return 'its hash function is neither sha256 nor sha512';
  if (!isKeyLength(key_length)) return `a key of ${key_length} bytes is not an AES key`;
  return salt.length > LONGEST_SALT ? 'its salt is too long' : undefined;
}
