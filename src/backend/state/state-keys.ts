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
const MOST_KEYS = 4;

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
 * much is computed nor which KMS key is used. The data that a key provider stored shows its type, whatever its name.
 * Errors: those of KMS.
 */
export async function makeStateKeys(
  meta: EnvelopeMeta | undefined,
  { passphrase, kms }: StateDecryption,
  decryptKey: DecryptKey,
): Promise<StateKeys> {
  if (meta === undefined)
    return none(
      'it is encrypted by OpenTofu, but the data of its key providers does not precede the ciphertext',
    );
  const keys: Buffer[] = [];
  for (const bytes of [...meta.values()].slice(0, MOST_KEYS)) {
    const made = (await makeDerived(bytes, passphrase)) ?? (await makeUnwrapped(bytes, kms, decryptKey));
    if (typeof made === 'string') return none(`it is encrypted by OpenTofu with pbkdf2, but ${made}`);
    if (made !== undefined) keys.push(made);
  }
  if (keys.length > 0) return { kind: 'keys', keys };
  const given = [
    ...(passphrase === undefined ? [] : ['pbkdf2']),
    ...(kms === undefined ? [] : ['aws_kms']),
  ].join(' or ');
  const providers = [...meta.keys()].slice(0, MOST_KEYS).join(', ') || 'none';
  return none(`it is encrypted by OpenTofu with another key provider than ${given} (${providers})`);
}

/**
 * A text says what is wrong with the envelope's parameters; undefined when the data is another provider's, or there is
 * no passphrase.
 */
async function makeDerived(
  bytes: Buffer,
  passphrase: string | undefined,
): Promise<Buffer | string | undefined> {
  const derivation = parse(Derivation, bytes);
  if (derivation === undefined || passphrase === undefined) return undefined;
  const { salt, iterations, hash_function, key_length } = derivation;
  const problem = findProblem(derivation);
  return (
    problem ?? (await derive(passphrase, Buffer.from(salt, 'base64'), iterations, key_length, hash_function))
  );
}

async function makeUnwrapped(
  bytes: Buffer,
  kms: StateKmsKey | undefined,
  decryptKey: DecryptKey,
): Promise<Buffer | undefined> {
  const wrapped = parse(Wrapped, bytes);
  if (wrapped === undefined || kms === undefined) return undefined;
  const ciphertext = Buffer.from(wrapped.ciphertext_blob, 'base64');
  return await decryptKey({ ...kms, ciphertext, context: wrapped.encryption_context });
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
