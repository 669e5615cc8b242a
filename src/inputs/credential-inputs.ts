import type { CredentialSettings } from '../aws/settings.ts';
import type { SharedFilesGiven } from '../aws/shared-files.ts';
import type { InputReader } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';
import { listVariables } from './backend-block/setting-variables.ts';
import { readMetadata } from './endpoint-inputs.ts';
import { readIdentity } from './identity-inputs.ts';
import { checkPathVariable, readPath, readPaths } from './path-inputs.ts';
import { readRoles } from './role-inputs.ts';

/** Where credentials come from (docs/protocol.md#credentials). */
export function readCredentials(reader: InputReader, job: Job, warnings: string[]): CredentialSettings {
  const given = {
    static: readStaticKeys(reader),
    profile: reader.text('profile'),
    ...readSharedFiles(reader, job),
  };
  const roles = readRoles(reader, job, warnings);
  const skipMetadataApiCheck = reader.boolean('skip_metadata_api_check');
  const metadata = readMetadata(reader);
  const identity = readIdentity(reader, job, roles, given, warnings);
  return { ...given, ...identity, skipMetadataApiCheck, metadata, isPolicyOptional: false };
}

/** The files that the inputs name, as absolute paths. Those in the environment are resolved when they are read. */
export function readSharedFiles(reader: InputReader, job: Job): SharedFilesGiven {
  const files = readPaths(reader, job, 'shared_credentials_files');
  const legacy = readPath(reader, job, 'shared_credentials_file');
  const config = readPaths(reader, job, 'shared_config_files');
  if (files.length === 0 && legacy === undefined) {
    checkPathVariable(reader, job, 'shared_credentials_files', listVariables('shared_credentials_files'));
  }
  if (config.length === 0) {
    checkPathVariable(reader, job, 'shared_config_files', listVariables('shared_config_files'));
  }
  if (files.length > 0 && legacy !== undefined) {
    reader.reject(
      'shared_credentials_file',
      reader.text('shared_credentials_file'),
      'it is the old name of shared_credentials_files: remove one of them',
    );
  }
  return {
    sharedCredentialsFiles: files.length === 0 && legacy !== undefined ? [legacy] : files,
    sharedConfigFiles: config,
  };
}

function readStaticKeys(reader: InputReader): CredentialSettings['static'] {
  const accessKeyId = reader.text('access_key');
  const secretAccessKey = reader.text('secret_key');
  const sessionToken = reader.text('token');
  if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === undefined)
    return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'access_key' : 'secret_key';
    reader.reject(missing, undefined, 'access_key and secret_key go together, and token only with both');
    return undefined;
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}
