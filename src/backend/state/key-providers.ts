import * as v from 'valibot';
import { isKeyLength } from '../../statefile/gcm-reader.ts';

/**
 * OpenTofu accepts no fewer and uses 600,000 by default. More would cost seconds for each key that a hostile envelope
 * asks for.
 */
const ITERATIONS = { least: 200_000, most: 5_000_000 };
const LONGEST_SALT = 1_024;

const Base64 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]+={0,2}$/));

/** What `pbkdf2` stores in an envelope. */
const DerivationSchema = v.object({
  salt: Base64,
  iterations: v.pipe(v.number(), v.integer(), v.minValue(1)),
  hash_function: v.string(),
  key_length: v.pipe(v.number(), v.integer()),
});

/** What `aws_kms` stores in an envelope. */
const WrappedSchema = v.object({
  ciphertext_blob: Base64,
  encryption_context: v.optional(v.record(v.string(), v.string())),
});

/**
 * The types that the action doesn't support, as OpenTofu 1.12 has them, by what only they store. The first that fits counts:
 * `gcp_kms` stores no more than others do. `openbao` stores the ciphertext as a text that begins with `vault:`.
 */
const UNSUPPORTED: readonly (readonly [type: string, schema: v.GenericSchema])[] = [
  ['external', v.object({ external_data: v.unknown() })],
  ['azure_vault', v.object({ ciphertext: Base64, authentication_tag: v.unknown(), algo: v.string() })],
  ['openbao', v.object({ ciphertext: Base64, associated_data: v.string() })],
  ['openbao', v.object({ ciphertext: v.pipe(Base64, v.startsWith(toBase64('vault:'))) })],
  ['gcp_kms', v.object({ ciphertext: Base64 })],
];

export type Derivation = v.InferOutput<typeof DerivationSchema>;
export type Wrapped = v.InferOutput<typeof WrappedSchema>;

/** A key provider of OpenTofu as an envelope shows it. */
export type KeyProvider =
  | {
      readonly type: 'pbkdf2';
      readonly name: string;
      readonly derivation: Derivation;
      /** What is wrong with its parameters. */
      readonly problem: string | undefined;
    }
  | { readonly type: 'aws_kms'; readonly name: string; readonly wrapped: Wrapped }
  /** `other`: its type; undefined when unknown. */
  | { readonly type: 'unsupported'; readonly name: string; readonly other: string | undefined };

/** The key provider that stored this data. The data shows its type, whatever its name. Pure. */
export function identifyKeyProvider(name: string, bytes: Buffer): KeyProvider {
  const data = parseJson(bytes);
  const derivation = v.safeParse(DerivationSchema, data);
  if (derivation.success) {
    const { output } = derivation;
    return { type: 'pbkdf2', name, derivation: output, problem: findProblem(output) };
  }
  const wrapped = v.safeParse(WrappedSchema, data);
  if (wrapped.success) return { type: 'aws_kms', name, wrapped: wrapped.output };
  const found = UNSUPPORTED.find(([, schema]) => v.is(schema, data));
  return { type: 'unsupported', name, other: found?.[0] };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function findProblem({ salt, iterations, hash_function, key_length }: Derivation): string | undefined {
  const { least, most } = ITERATIONS;
  if (iterations < least || iterations > most)
    return `its ${iterations} iterations are not between ${least} and ${most}`;
  if (hash_function !== 'sha256' && hash_function !== 'sha512')
    return 'its hash function is neither sha256 nor sha512';
  if (!isKeyLength(key_length)) return `a key of ${key_length} bytes is not an AES key`;
  return salt.length > LONGEST_SALT ? 'its salt is too long' : undefined;
}
