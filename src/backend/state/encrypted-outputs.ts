import { createEnvelopeReader } from '../../statefile/envelope-reader.ts';
import { createGcmReader } from '../../statefile/gcm-reader.ts';
import { createOutputsReader, type OutputsCheck } from '../../statefile/outputs.ts';
import type { ResourceLookup } from '../../statefile/parse-lookup.ts';
import type { StateDecryption } from './decryption.ts';
import { type DecryptKey, makeStateKeys, type NoKeys } from './state-keys.ts';

/** Reads the outputs of a state that may be encrypted, in constant memory. */
export interface EncryptedOutputsReader {
  /** Takes the next bytes. Waits while a key is derived. */
  write(chunk: Uint8Array): Promise<void>;
  /** The result; undefined when the state is not encrypted. */
  end(): OutputsCheck | undefined;
}

const VERSION = 'v0';
const WRONG_KEY =
  'OpenTofu encrypted it with another passphrase, key or aad, or with the method external, or it was changed since';
const OTHER_HEADER = 'the serial or the lineage beside the ciphertext differs from the one inside';

/** Releases no plaintext before the whole of it is proven to be what OpenTofu wrote with this key. */
export function createEncryptedOutputsReader(
  decryption: StateDecryption,
  lookups: readonly ResourceLookup[] | undefined,
  decryptKey: DecryptKey,
): EncryptedOutputsReader {
  const envelope = createEnvelopeReader();
  let attempts: ReturnType<typeof createAttempt>[] | undefined;
  let failure: NoKeys | undefined;
  return {
    async write(chunk) {
      envelope.write(chunk);
      if (!envelope.hasData()) return;
      const bytes = envelope.take();
      if (attempts === undefined) {
        const made = await makeStateKeys(envelope.meta(), decryption, decryptKey);
        if (made.kind === 'none') failure = made;
        attempts =
          made.kind === 'none'
            ? []
            : pair(made.keys, decryption.aads).map((one) => createAttempt(one, lookups));
      }
      for (const attempt of attempts) attempt.gcm.write(bytes);
    },
    end() {
      if (attempts === undefined) return undefined;
      if (failure !== undefined) return { ...failure, kind: 'invalid' };
      const version = envelope.version();
      if (version !== VERSION)
        return invalid(`it is encrypted by OpenTofu in a format other than ${VERSION}`);
      const opened = attempts.find(({ gcm }) => gcm.end());
      if (opened === undefined) return invalid(WRONG_KEY);
      const check = opened.outputs.end();
      if (check.kind === 'invalid') return check;
      const { serial, lineage } = check.state.header;
      return envelope.fits(serial, lineage) ? check : invalid(OTHER_HEADER);
    },
  };
}

/** The envelope does not say whether there is an `aad`, nor which. */
function pair(keys: readonly Buffer[], aads: readonly Buffer[]): GcmKey[] {
  return keys.flatMap((key) => [undefined, ...aads].map((aad): GcmKey => ({ key, aad })));
}

type GcmKey = Parameters<typeof createGcmReader>[0];

function createAttempt(key: GcmKey, lookups: readonly ResourceLookup[] | undefined) {
  const outputs = createOutputsReader(lookups);
  return { outputs, gcm: createGcmReader(key, (bytes) => void outputs.write(bytes)) };
}

function invalid(detail: string): OutputsCheck {
  return { kind: 'invalid', problem: 'encrypted', detail };
}
