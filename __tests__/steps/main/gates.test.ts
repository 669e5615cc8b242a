import { describe, expect, it } from 'vitest';
import { describeScope } from '../../../src/connection/connect-backend.ts';
import type { Gates } from '../../../src/inputs/gate-inputs.ts';
import { readHoldInputs } from '../../../src/inputs/hold-inputs.ts';
import { NO_STATE } from '../../../src/job-state/state-fingerprint.ts';
import { toReasonCode } from '../../../src/messages/to-reason-code.ts';
import type { PlannedAction, PlannedChange } from '../../../src/statefile/plan-changes.ts';
import { checkGates, type GateFacts, refuse } from '../../../src/steps/main/gates.ts';
import { inputSources, leastInputs, readBackend } from '../../job-state/support.ts';

const OPEN: Gates = readHoldInputs(inputSources(leastInputs)).inputs.gates;
const PRINT = '0a'.repeat(32);
const current = { etag: '"e"', versionId: undefined, lastModified: undefined, provenance: undefined };
const STATE: GateFacts = {
  address: { workspace: 'blue' },
  fingerprint: PRINT,
  header: { serial: 7n, lineage: 'l-1' },
  current,
  changes: undefined,
};
const NOTHING: GateFacts = {
  address: { workspace: 'blue' },
  fingerprint: NO_STATE,
  header: undefined,
  current: undefined,
  changes: undefined,
};

const planned = (address: string, action: PlannedAction): PlannedChange => ({
  address,
  module: '',
  action,
  deposed: undefined,
});
const PLAN = [
  planned('aws_db_instance.main', 'replace'),
  planned('module.web.aws_instance.a[0]', 'delete'),
  planned('aws_db_instance.other', 'update'),
  planned('aws_s3_bucket.gone', 'forget'),
];

const reasons = (gates: Partial<Gates>, facts: GateFacts) =>
  checkGates({ ...OPEN, ...gates }, facts).map(({ reason }) => reason);
const destroys = (forbidden: string[], allowed: string[] = []) =>
  checkGates({ ...OPEN, destroy: { forbidden, allowed } }, { ...STATE, changes: PLAN }).flatMap((refusal) =>
    refusal.reason === 'destroy_forbidden' ? refusal.changes.map(({ address }) => address) : [],
  );

describe('a gate', () => {
  it.each<[string, Partial<Gates>, string[], string[]]>([
    ['none', {}, [], []],
    ['a state must exist', { requiresState: true }, [], ['state_missing']],
    ['no new workspace', { refusesNewWorkspace: true }, [], ['workspace_missing']],
    ['its lineage', { lineage: 'l-1' }, [], ['lineage_mismatch']],
    ['another lineage', { lineage: 'l-2' }, ['lineage_mismatch'], ['lineage_mismatch']],
    ['its serial', { serial: 7n }, [], ['serial_mismatch']],
    ['another serial', { serial: 6n }, ['serial_mismatch'], ['serial_mismatch']],
    ['its fingerprint', { fingerprint: PRINT }, [], ['fingerprint_mismatch']],
    ['no state', { fingerprint: NO_STATE }, ['fingerprint_mismatch'], []],
    [
      "all that don't hold",
      { requiresState: true, lineage: 'x', serial: 1n, fingerprint: 'f0'.repeat(32) },
      ['lineage_mismatch', 'serial_mismatch', 'fingerprint_mismatch'],
      ['state_missing', 'lineage_mismatch', 'serial_mismatch', 'fingerprint_mismatch'],
    ],
  ])('%s: decides for a state and for no state', (_, gates, ofState, ofNone) => {
    expect(reasons(gates, STATE)).toEqual(ofState);
    expect(reasons(gates, NOTHING)).toEqual(ofNone);
  });

  it.each<[string[], string[], string[]]>([
    [['*'], [], ['aws_db_instance.main', 'module.web.aws_instance.a[0]']],
    [['*'], ['*'], []],
    [['*'], ['aws_db_instance.main'], ['module.web.aws_instance.a[0]']],
    [['*'], ['module.web.*'], ['aws_db_instance.main']],
    [['aws_db_instance.*'], [], ['aws_db_instance.main']],
    [['aws_db_instance.*'], ['aws_db_instance.mai'], ['aws_db_instance.main']],
    [
      ['*.aws_instance.*', 'aws_db_instance.main'],
      [],
      ['aws_db_instance.main', 'module.web.aws_instance.a[0]'],
    ],
    [['aws_s3_bucket.*', 'aws_db_instance.other'], [], []],
    [['module.web.aws_instance.a[?]'], [], ['module.web.aws_instance.a[0]']],
  ])('forbids %j but %j', (forbidden, allowed, refused) => {
    expect(destroys(forbidden, allowed)).toEqual(refused);
  });

  it('finds that the default workspace always exists', () => {
    expect(reasons({ refusesNewWorkspace: true }, { ...NOTHING, address: { workspace: 'default' } })).toEqual(
      [],
    );
  });

  it('refuses together with all others, and the first reason is the step’s', () => {
    const scope = describeScope(readBackend().settings, {});
    const gates: Gates = { ...OPEN, requiresState: true, destroy: { forbidden: ['*'], allowed: [] } };
    const facts = { ...NOTHING, changes: PLAN };
    const refusal = () => refuse(scope, checkGates(gates, facts));
    expect(refusal).toThrow(AggregateError);
    try {
      refusal();
    } catch (error) {
      expect(toReasonCode(error)).toBe('state_missing');
      // As when the release of the lock fails, too.
      expect(toReasonCode(new AggregateError([error, new Error('release')]))).toBe('state_missing');
    }
    expect(() => refuse(scope, checkGates({ ...gates, requiresState: undefined }, facts))).toThrow(
      'destroy_forbidden',
    );
    expect(() => refuse(scope, checkGates(OPEN, facts))).not.toThrow();
  });
});
