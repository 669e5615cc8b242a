import { readdir, readFile, readlink } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';

/** A Terraform or OpenTofu that runs on this machine, as this user. */
export interface RunningTerraform {
  /** The runner's id of the job that it is part of; undefined outside of any. */
  readonly trackingId: string | undefined;
  /** Where it works; undefined when that is not to be seen. */
  readonly directory: string | undefined;
  /** Its TF_DATA_DIR. */
  readonly dataDirectory: string | undefined;
}

/** What a step can see of the machine it runs on. */
export interface Machine {
  readonly host: string;
  /** Undefined where the system knows no name for the user, as in some containers. */
  user(): string | undefined;
  /** Undefined where that can't be seen: it takes Linux. */
  terraforms(): Promise<readonly RunningTerraform[] | undefined>;
}

// setup-terraform and setup-opentofu put a script in the place of the program, and rename that.
const TERRAFORM = /^(?:terraform|tofu)(?:-bin|[-_]v?\d.*)?$/;

/** The real machine. */
export const thisMachine: Machine = {
  host: hostname(),
  user: () => {
    try {
      return userInfo().username;
    } catch {
      return undefined;
    }
  },
  terraforms: async () => {
    if (process.platform !== 'linux') return undefined;
    const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const running = await Promise.all(ids.map(terraformAt));
    return running.filter((found) => found !== undefined);
  },
};

/** Undefined for a process that is none, has ended, or is another user's. */
async function terraformAt(id: string): Promise<RunningTerraform | undefined> {
  const status = splitFields(await toText(`/proc/${id}/status`));
  const [uid] = (status.get('Uid') ?? '').split('\t');
  if (!TERRAFORM.test(status.get('Name') ?? '') || uid !== String(process.getuid?.())) return undefined;
  // A process that ended and that its parent has not taken note of yet.
  if (/^[ZX]/.test(status.get('State') ?? '')) return undefined;
  const environ = (await toText(`/proc/${id}/environ`)).split('\0');
  const variable = (name: string) =>
    environ.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
  return {
    trackingId: variable('RUNNER_TRACKING_ID'),
    directory: await readlink(`/proc/${id}/cwd`).catch(() => undefined),
    dataDirectory: variable('TF_DATA_DIR'),
  };
}

function splitFields(status: string): Map<string, string> {
  const pairs = status.split('\n').map((line): [string, string] => {
    const [name = '', ...rest] = line.split(':');
    return [name, rest.join(':').trim()];
  });
  return new Map(pairs);
}

/** Empty for a process that has gone meanwhile. */
async function toText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
