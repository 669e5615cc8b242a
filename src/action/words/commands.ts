import { DEFAULT_WORKSPACE } from '../../backend/address.ts';
import type { StatePlace } from '../../backend/faults.ts';
import type { LockHolder } from '../../backend/lock-info.ts';
import { CONTROL_CHARACTERS } from './plain.ts';

/**
 * Quotes a word for a POSIX shell; other people's text is in some of them. Control characters are written in octal,
 * in `$'...'`, so that none reaches the terminal of whoever reads the command.
 */
export function shellQuote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (word.search(CONTROL_CHARACTERS) === -1) return `'${word.replaceAll("'", `'\\''`)}'`;
  return `$'${word.replaceAll(/['\\]/g, '\\$&').replaceAll(CONTROL_CHARACTERS, octalBytes)}'`;
}

function octalBytes(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/** `terraform force-unlock` for a lock, to be run where the backend is initialised. */
export function forceUnlockCommand(place: StatePlace, id: string): string {
  return terraform(place, `force-unlock ${shellQuote(id)}`);
}

/** `terraform state pull` into a file, to be run where the backend is initialised. */
export function statePullCommand(place: StatePlace, file: string): string {
  return terraform(place, `state pull > ${shellQuote(file)}`);
}

/** `terraform state push` of a file, to be run where the backend is initialised. */
export function statePushCommand(place: StatePlace, file: string, force?: '-force'): string {
  return terraform(place, `state push ${force === undefined ? '' : `${force} `}${shellQuote(file)}`);
}

/** Deletes the lock item with nothing but the AWS CLI, and only while it is this very lock. */
export function deleteLockCommand(place: StatePlace, holder: LockHolder): string {
  const key = JSON.stringify({ LockID: { S: place.address.lockId } });
  const command = `${dynamodb(place, 'delete-item')} --key ${shellQuote(key)}`;
  if (holder.raw === undefined) return `${command} --condition-expression 'attribute_not_exists(Info)'`;
  const values = JSON.stringify({ ':info': { S: holder.raw } });
  return `${command} --condition-expression 'Info = :info' --expression-attribute-values ${shellQuote(values)}`;
}

/**
 * Deletes the lock file with nothing but the AWS CLI, and only while it is this very lock. Its content is compared, as
 * Terraform does it: not every release of the CLI, nor every store, knows a conditional delete.
 */
export function deleteLockFileCommand(place: StatePlace, { raw = '' }: LockHolder): string {
  const { bucket, lockFileKey } = place.address;
  const [options, url] = [whereabouts(place, 's3'), shellQuote(`s3://${bucket}/${lockFileKey}`)];
  // The shell drops the line ends of a command's output.
  const held = shellQuote(raw.replace(/\n+$/, ''));
  return `held=$(aws s3 cp ${options}${customerKey(place)} ${url} -) && [ "$held" = ${held} ] && aws s3 rm ${options} ${url}`;
}

/** Sets or removes the digest item, the repair of a digest that does not belong to the object. */
export function repairDigestCommand(place: StatePlace, md5: string): string {
  const id = { LockID: { S: place.address.digestId } };
  if (md5 === '') return `${dynamodb(place, 'delete-item')} --key ${shellQuote(JSON.stringify(id))}`;
  const item = JSON.stringify({ ...id, Digest: { S: md5 } });
  return `${dynamodb(place, 'put-item')} --item ${shellQuote(item)}`;
}

/** Downloads an object of the state's bucket. */
export function downloadCommand(place: StatePlace, key: string, file: string): string {
  const url = `s3://${place.address.bucket}/${key}`;
  return `aws s3 cp ${whereabouts(place, 's3')}${customerKey(place)} ${shellQuote(url)} ${shellQuote(file)}`;
}

/** What a read needs of an object under a customer's key, which the reader's Terraform has in the same variable. */
function customerKey({ underCustomerKey }: StatePlace): string {
  return underCustomerKey
    ? ' --sse-c AES256 --sse-c-key fileb://<(base64 -d <<<"$AWS_SSE_CUSTOMER_KEY")'
    : '';
}

/** In the state's own workspace: the reader's shell is in any, and another one's state is not to be touched. */
function terraform({ address: { workspace } }: StatePlace, words: string): string {
  const prefix = workspace === DEFAULT_WORKSPACE ? '' : `TF_WORKSPACE=${shellQuote(workspace)} `;
  return `${prefix}terraform ${words}`;
}

function dynamodb(place: StatePlace, operation: string): string {
  const table = shellQuote(place.table ?? '');
  return `aws dynamodb ${operation} ${whereabouts(place, 'dynamodb')} --table-name ${table}`;
}

/** Where a service is, in the AWS CLI's options. */
export function whereabouts({ region, endpoints }: StatePlace, service: 's3' | 'dynamodb'): string {
  const endpoint = endpoints[service];
  const options = `--region ${shellQuote(region)}`;
  return endpoint === undefined ? options : `${options} --endpoint-url ${shellQuote(endpoint)}`;
}
