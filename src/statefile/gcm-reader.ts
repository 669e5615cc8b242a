import { createDecipheriv, type DecipherGCM } from 'node:crypto';

/** Decrypts AES-GCM in OpenTofu's format: a nonce of 12 bytes, the ciphertext, a tag of 16. */
export interface GcmReader {
  /** Takes the next bytes, split anywhere. The plaintext can't be trusted before `end`. */
  write(bytes: Buffer): void;
  /** Whether all of it was encrypted with this key and has not changed since. */
  end(): boolean;
}

const NONCE = 12;
const TAG = 16;
const ALGORITHMS: Readonly<Record<number, 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'>> = {
  16: 'aes-128-gcm',
  24: 'aes-192-gcm',
  32: 'aes-256-gcm',
};

/** Whether AES supports keys of this many bytes. Pure. */
export function isKeyLength(length: number): boolean {
  return ALGORITHMS[length] !== undefined;
}

/**
 * `key` has 16, 24 or 32 bytes. `aad`: what was authenticated with the ciphertext; undefined: nothing. The plaintext goes
 * to `onPlain` as it is decrypted.
 */
export function createGcmReader(
  { key, aad }: { readonly key: Buffer; readonly aad: Buffer | undefined },
  onPlain: (bytes: Buffer) => void,
): GcmReader {
  const algorithm = ALGORITHMS[key.length];
  let decipher: DecipherGCM | undefined;
  /** First the incomplete nonce, then the bytes that may be the tag. */
  let held: Buffer = Buffer.alloc(0);

  const begin = (): void => {
    if (algorithm === undefined || decipher !== undefined || held.length < NONCE) return;
    decipher = createDecipheriv(algorithm, key, held.subarray(0, NONCE), { authTagLength: TAG });
    if (aad !== undefined) decipher.setAAD(aad);
    held = held.subarray(NONCE);
  };
  return {
    write(bytes) {
      held = Buffer.concat([held, bytes]);
      begin();
      if (decipher === undefined || held.length <= TAG) return;
      onPlain(decipher.update(held.subarray(0, held.length - TAG)));
      held = held.subarray(held.length - TAG);
    },
    end() {
      if (decipher === undefined || held.length !== TAG) return false;
      try {
        decipher.setAuthTag(held);
        decipher.final();
        return true;
      } catch {
        return false;
      }
    },
  };
}
