/** What ends an actor's work at its turn number `at` (from 0, over all of its processes). */
export interface Fate {
  readonly at: number;
  /** `killed`: the one process, as by SIGKILL. `lost`: the whole machine. `cancelled`: the runner's signal. */
  readonly kind: 'killed' | 'lost' | 'cancelled';
}

/** A participant with its own story: a job, a Terraform or a person. */
export interface Actor {
  readonly name: string;
  readonly fate: Fate | undefined;
  /** The job that a checkpointer runs beside: the checkpointer is lost with that job's machine. */
  readonly host: Actor | undefined;
  turns: number;
  state: 'alive' | 'ended' | 'lost';
  /** It is frozen at its turn of this number until nobody else can continue. */
  readonly freezesAt: number | undefined;
  /** A request that it was about to send when it was cut off still arrives, at a later turn. */
  readonly arrivesLate: boolean;
  /** Such a request arrives now. */
  isLate: boolean;
}

/** One process of an actor. After its death nothing of it continues. */
export interface Process {
  readonly actor: Actor;
  readonly cancel: AbortController;
  /** Resolves when the process is killed; never when it ends by itself. */
  readonly killed: Promise<'killed'>;
  /** Only the stage may call this. */
  readonly kill: () => void;
}

/** An actor to whom nothing happens by default. */
export function newActor(
  name: string,
  what: Partial<Pick<Actor, 'fate' | 'host' | 'arrivesLate' | 'freezesAt'>> = {},
): Actor {
  const ordinary = { fate: undefined, host: undefined, arrivesLate: false, freezesAt: undefined };
  return { name, ...ordinary, ...what, turns: 0, state: 'alive', isLate: false };
}

export function newProcess(actor: Actor): Process {
  const { promise, resolve } = Promise.withResolvers<'killed'>();
  return { actor, cancel: new AbortController(), killed: promise, kill: () => resolve('killed') };
}
