import { DEFAULT_WORKSPACE, type StateAddress } from '../../backend/address.ts';
import type { LockHolder } from '../../backend/lock-info.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/**
 * Quotes a word for a POSIX shell; other people's text is in some of them. Control characters are written in octal,
 * in `$'...'`, so that none reaches the terminal of whoever reads the command.
 */
export function shellQuote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (word.search(CONTROL) === -1) return `'${word.replaceAll("'", `'\\''`)}'`;
  return `$'${word.replaceAll(/['\\]/g, '\\$&').replaceAll(CONTROL, octalBytes)}'`;
}

function octalBytes(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/** `terraform force-unlock` for a lock, to be run where the backend is initialised. */
export function forceUnlockCommand(address: StateAddress, id: string): string {
  const workspace =
    address.workspace === DEFAULT_WORKSPACE ? '' : `TF_WORKSPACE=${shellQuote(address.workspace)} `;
  return `${workspace}terraform force-unlock ${shellQuote(id)}`;
}

/** Deletes the lock item with nothing but the AWS CLI, and only while it is this very lock. */
export function deleteLockCommand(
  address: StateAddress,
  table: string,
  region: string,
  holder: LockHolder,
): string {
  const key = JSON.stringify({ LockID: { S: address.lockId } });
  const command = [
    'aws dynamodb delete-item',
    `--region ${shellQuote(region)}`,
    `--table-name ${shellQuote(table)}`,
    `--key ${shellQuote(key)}`,
  ];
  if (holder.raw === undefined)
    return [...command, `--condition-expression 'attribute_not_exists(Info)'`].join(' ');
  const values = JSON.stringify({ ':info': { S: holder.raw } });
  return [
    ...command,
    "--condition-expression 'Info = :info'",
    `--expression-attribute-values ${shellQuote(values)}`,
  ].join(' ');
}

/** Sets or removes the digest item, the repair of a digest that does not belong to the object. */
export function repairDigestCommand(
  address: StateAddress,
  table: string,
  region: string,
  md5: string,
): string {
  const place = `--region ${shellQuote(region)} --table-name ${shellQuote(table)}`;
  const id = { LockID: { S: address.digestId } };
  if (md5 === '') return `aws dynamodb delete-item ${place} --key ${shellQuote(JSON.stringify(id))}`;
  const item = JSON.stringify({ ...id, Digest: { S: md5 } });
  return `aws dynamodb put-item ${place} --item ${shellQuote(item)}`;
}

/** Downloads an object of the state's bucket. */
export function downloadCommand(address: StateAddress, region: string, key: string, file: string): string {
  return `aws s3 cp --region ${shellQuote(region)} ${shellQuote(`s3://${address.bucket}/${key}`)} ${file}`;
}
