import type { CopyRules } from './copy-inputs.ts';
import type { ACTIONS } from './reason-codes.ts';

/** An action other than the main one, by its folder. */
export type OtherAction = Exclude<(typeof ACTIONS)[number], 'hold'>;

/** The groups of inputs, by their comments in the main `action.yml`, that every action has. They are declared there alone. */
const SHARED_GROUPS = [
  'Settings that need not be repeated here',
  'Where the state is',
  'How objects are written',
  'Credentials',
  'How AWS is reached',
];

/** Inputs of these groups that the main action has for itself. `outputs/` has an input `states` of its own. */
const MAIN_ONLY = ['states'];

/** Inputs that do more in the main action than in the others. The others say of them what `doctor/action.yml` says. */
const SAID_BY_DOCTOR = ['working_directory', 'workspace'];

/** What an action does differently with the shared inputs. */
interface Exceptions {
  /** Shared inputs that its own `action.yml` describes. Only the description may differ. */
  readonly describes: readonly string[];
  /** Shared inputs that it doesn't have. */
  readonly lacks: readonly string[];
}

/** Every exception to "all actions have the same shared inputs with the same words". */
const EXCEPTIONS: Readonly<Record<OtherAction, Exceptions>> = {
  unlock: {
    describes: ['dynamodb_table', 'use_lockfile', 'encrypt', 'sse_customer_key', 'acl'],
    lacks: [
      'kms_key_id',
      'state_tags',
      'lock_tags',
      'iam_endpoint',
      'skip_credentials_validation',
      'skip_requesting_account_id',
      'skip_get_ec2_platforms',
      'use_legacy_workflow',
    ],
  },
  outputs: {
    describes: [
      'dynamodb_table',
      'use_lockfile',
      'encrypt',
      'kms_key_id',
      'sse_customer_key',
      'acl',
      'state_tags',
      'lock_tags',
      'skip_credentials_validation',
    ],
    lacks: [],
  },
  check: { describes: [], lacks: [] },
  freeze: { describes: ['dynamodb_table', 'encrypt', 'acl'], lacks: [] },
  workspaces: { describes: [], lacks: [] },
  history: { describes: [], lacks: [] },
  locks: { describes: ['bucket', 'key', 'workspace', 'use_lockfile'], lacks: [] },
  migrate: { describes: ['bucket', 'key', 'workspace', 'dynamodb_table', 'use_lockfile'], lacks: [] },
  doctor: { describes: [], lacks: [] },
};

/** How an action shares the inputs of the main one. Pure. */
export function readRules(name: OtherAction): CopyRules {
  const { describes, lacks } = EXCEPTIONS[name];
  return {
    groups: SHARED_GROUPS,
    mainOnly: MAIN_ONLY,
    saidByDoctor: SAID_BY_DOCTOR,
    describes,
    lacks,
  };
}
