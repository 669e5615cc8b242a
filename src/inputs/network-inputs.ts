import { readCaBundle } from '../aws/ca-bundle.ts';
import type { NetworkSettings } from '../aws/settings.ts';
import type { InputReader } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';
import { toMessage } from '../text/error-message.ts';
import { withoutUser } from './endpoint-inputs.ts';
import { fixFor, type InputOrVariable, readInputOrVariable } from './input-or-variable.ts';
import { readPath } from './path-inputs.ts';

/**
 * The network between this runner and AWS: proxies and certificates, by Terraform's rules
 * (docs/protocol.md#configuration).
 */
export function readNetwork(reader: InputReader, job: Job, warnings: string[]): NetworkSettings {
  const http = readInputOrVariable(reader, 'http_proxy');
  const https = readInputOrVariable(reader, 'https_proxy');
  const httpProxy = chooseProxy(reader, 'http_proxy', http);
  const standsIn = https === undefined && http?.variable === undefined && httpProxy !== undefined;
  if (standsIn) {
    warnings.push(
      'http_proxy is also used for HTTPS, as in Terraform, because https_proxy is not given. Give both; "" (two quotes) means no proxy.',
    );
  }
  return {
    httpProxy,
    httpsProxy: standsIn ? httpProxy : chooseProxy(reader, 'https_proxy', https),
    // Two quotes match no host.
    noProxy: readInputOrVariable(reader, 'no_proxy')?.value,
    caBundle: readBundle(reader, job),
    insecure: readInsecure(reader, warnings),
  };
}

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** A proxy's URL, with `http://` by default as in Go. It may contain a password, so it is never shown with one. */
function chooseProxy(
  reader: InputReader,
  input: string,
  given: InputOrVariable | undefined,
): string | undefined {
  if (given === undefined || given.value === '""') return undefined;
  const url = URL.parse(SCHEME.test(given.value) ? given.value : `http://${given.value}`);
  if (url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '') return url.href;
  const fix = 'give the URL of an HTTP proxy, such as http://proxy.example.com:3128';
  reader.reject(input, withoutUser(given.value), fixFor(given, fix));
  return undefined;
}

/** As an absolute path, because post and checkpointer read the same file. */
function readBundle(reader: InputReader, job: Job): string | undefined {
  const given = readInputOrVariable(reader, 'custom_ca_bundle');
  const found = reader.problems.length;
  const path = readPath(reader, job, 'custom_ca_bundle');
  if (given === undefined || path === undefined || reader.problems.length > found) return path;
  try {
    readCaBundle(path);
  } catch (error) {
    const why = toMessage(error);
    reader.reject('custom_ca_bundle', given.value, fixFor(given, why));
  }
  return path;
}

function readInsecure(reader: InputReader, warnings: string[]): boolean {
  const insecure = reader.boolean('insecure') ?? false;
  if (insecure) {
    warnings.push(
      'insecure: no certificate is checked, so anybody on the network path can read state and credentials.',
    );
  }
  return insecure;
}
