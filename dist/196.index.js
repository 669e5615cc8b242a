export const id = 196;
export const ids = [196];
export const modules = {

/***/ 196:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   freeOrphanedLock: () => (/* binding */ freeOrphanedLock)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var _end_checkpointer_process_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8695);
/* harmony import */ var _own_host_name_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6811);



// lib/steps/lock-cleanup/free-left-lock.js
var StuckLock = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "StuckLock";
	constructor(message) {
		super("lock_not_freed", message);
	}
};
async function freeLeftLock(scene) {
	const { deps, backend, locks, claim } = scene;
	const { runner } = deps;
	const all = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.callInTime)(deps, backend, "release", () => locks.read());
	if (all.length === 0) return scene.onNothing();
	logForeignLock(scene, all);
	let left = all.filter(({ holder }) => (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .whoseLock */ .u)(holder, claim).kind !== "foreign");
	if (left.length === 0) return;
	const seen = new Set(left.map(({ holder }) => holder.raw));
	const isThere = async () => {
		left = (await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.callInTime)(deps, backend, "release", () => locks.read())).filter(({ holder }) => seen.has(holder.raw));
		return left.length > 0;
	};
	const end = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.waitForOthers)(deps, backend.address, isThere);
	if (!end.isThere) return runner.info((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .freeByNowLine */ .cl)(backend));
	const errors = await freeLeft(scene, left, end.others);
	if (errors.length > 0) throw new AggregateError(errors, "a lock may have been left");
}
function logForeignLock({ deps: { runner, clock }, backend, claim }, found) {
	for (const { holder } of found) {
		const owner = (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .whoseLock */ .u)(holder, claim);
		if (owner.kind !== "foreign") continue;
		runner.info((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .foreignLockLine */ .kG)(backend, holder, owner.reason, clock.now()));
	}
}
function findStuckReason({ claim, deps, running }, { holder }, others) {
	if (running.length > 0) return {
		kind: "job_still_runs",
		running
	};
	if (others === void 0 && !(0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .isThrowaway */ .tO)(deps.env)) return { kind: "others_unknown" };
	const owner = (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .whoseLock */ .u)(holder, claim);
	if (owner.kind !== "ours") return {
		kind: "not_ours",
		reason: owner.reason,
		host: deps.machine.host
	};
	return others === void 0 || others === 0 ? void 0 : { kind: "others_run" };
}
async function freeLeft(scene, left, others) {
	const { deps, backend, locks } = scene;
	const stuck = left.map((lock) => findStuckReason(scene, lock, others));
	const ours = left.filter((_, i) => stuck[i] === void 0);
	const outcomes = await locks.free(ours, (call) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.callInTime)(deps, backend, "release", call));
	const ends = new Map(ours.map((lock, i) => [lock, outcomes[i]]));
	return left.flatMap((lock, i) => {
		const reason = stuck[i] ?? reportFreed(scene, lock, ends.get(lock));
		if (reason === void 0) return [];
		return [new StuckLock((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .stuckText */ .AV)(backend, lock.holder, reason, deps.clock.now()))];
	});
}
function reportFreed({ deps: { runner, clock }, backend }, { holder }, outcome) {
	switch (outcome?.kind) {
		case "released":
			runner.notice((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .freedText */ .Kv)(backend, holder, clock.now()));
			break;
		case "gone":
			runner.info((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .freeByNowLine */ .cl)(backend));
			break;
		case "taken":
			runner.info((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .takenMeanwhileLine */ .o7)(backend, outcome.holder, clock.now()));
			break;
		case "failed": return {
			kind: "not_freed",
			error: outcome.error
		};
	}
}
// lib/steps/lock-cleanup/other-workspaces.js
async function findOtherWorkspaces(session, env, sightings) {
	const { module, paths, backend } = session;
	if (paths === void 0) return [];
	const selected = env.TF_WORKSPACE?.trim() || module && await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.currentWorkspace)(module.dataDirectory);
	const names = /* @__PURE__ */ new Set([selected, ...sightings.map(({ workspace }) => workspace)]);
	const others = [];
	for (const workspace of names) {
		if (workspace === void 0 || workspace === backend.address.workspace) continue;
		const location = {
			bucket: backend.address.bucket,
			...paths,
			workspace
		};
		if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.locationProblems)(location).length > 0) continue;
		const settings = withOwnPolicy(backend, {
			...backend,
			address: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateAddress)(location)
		});
		others.push({
			settings,
			isSelected: workspace === selected
		});
	}
	return others;
}
function withOwnPolicy(before, settings) {
	const { credentials } = settings.aws;
	const { assumeRole, webIdentity } = credentials;
	const role = assumeRole ?? webIdentity;
	if (role?.policy === void 0 || role.policy !== (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.sessionPolicy)("free", [before], role.roleArn)?.text) return settings;
	const policy = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.sessionPolicy)("free", [settings], role.roleArn)?.text;
	const narrowed = assumeRole === void 0 ? { webIdentity: webIdentity && {
		...webIdentity,
		policy
	} } : { assumeRole: {
		...assumeRole,
		policy
	} };
	return {
		...settings,
		aws: {
			...settings.aws,
			credentials: {
				...credentials,
				...narrowed
			}
		}
	};
}
// lib/steps/lock-cleanup/work-in-order.js
async function workInOrder(runner, items, atOnce, work) {
	const errors = [];
	for (let from = 0; from < items.length; from += atOnce) {
		const some = items.slice(from, from + atOnce).map((item) => {
			const log = holdBack(runner);
			return {
				log,
				end: Promise.allSettled([work(item, log.runner)])
			};
		});
		for (const { log, end } of some) {
			log.release();
			for (const ended of await end) if (ended.status === "rejected") errors.push(ended.reason);
		}
	}
	return errors;
}
function holdBack(runner) {
	const held = [];
	let isReleased = false;
	const later = (say) => (text) => {
		if (isReleased) say(text);
		else held.push(() => say(text));
	};
	return {
		runner: {
			...runner,
			info: later(runner.info),
			notice: later(runner.notice),
			warning: later(runner.warning)
		},
		release: () => {
			isReleased = true;
			for (const say of held.splice(0)) say();
		}
	};
}
// lib/steps/lock-cleanup/free-orphaned-lock.js
const AT_ONCE = 16;
async function freeOrphanedLock(deps, saved) {
	const { session } = saved;
	try {
		const seen = await endJob(deps, saved);
		const { guardedStates } = session;
		const errors = (guardedStates === void 0 ? await freeInWorkspaces(deps, seen, session) : await freeLocksOfMany(deps, seen, session.backend, guardedStates)).flatMap(_shared_js__WEBPACK_IMPORTED_MODULE_0__.listCauses);
		if (errors.length === 1) throw errors[0];
		if (errors.length > 0) throw new AggregateError(errors, "locks may have been left");
	} finally {
		await (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .restoreHostName */ .uc)(deps, saved.hostNames);
		for (const warning of await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.removePrivateDirectory)(session.privateDirectory)) deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.fileWarningText)(warning));
	}
}
async function freeInWorkspaces(deps, seen, session) {
	const unread = [];
	const others = await findOtherWorkspaces(session, deps.env, seen.sightings).catch((error) => {
		unread.push(error);
		return [];
	});
	const workspaces = [{
		settings: session.backend,
		isSelected: true
	}, ...others];
	const title = others.length === 0 ? "Look for an orphaned lock" : "Look for orphaned locks";
	return (await deps.runner.group(title, () => workInOrder(deps.runner, workspaces, AT_ONCE, (workspace, runner) => freeInWorkspace({
		...deps,
		runner
	}, seen, workspace)))).concat(unread);
}
async function freeInWorkspace(deps, seen, { settings, isSelected }) {
	try {
		await freeEndedJobsLock(deps, seen, settings);
	} catch (error) {
		if (isSelected || !(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError) || error.kind !== "access_denied") throw error;
		deps.runner.warning((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .uncheckedText */ .S8)(settings, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, deps.clock.now())));
	}
}
async function endJob(deps, saved) {
	const { session } = saved;
	const { seen, left } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stopTerraforms)(deps, () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.jobTerraforms)(deps, session));
	const sightings = [...await endTerraformWatch(deps, saved), ...seen];
	return {
		sightings,
		claim: (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .findClaim */ .mX)(deps.machine, deps.env, session.startedAt, sightings),
		running: left ?? []
	};
}
async function freeEndedJobsLock(deps, { claim, running }, settings) {
	const backend = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.connectBackend)(deps, settings);
	const locks = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)(backend);
	try {
		if (locks === void 0) return;
		const onNothing = () => deps.runner.info((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .nothingLeftLine */ .R_)(backend));
		await freeLeftLock({
			deps,
			backend,
			locks,
			claim,
			running,
			onNothing
		});
	} finally {
		backend.aws.destroy();
	}
}
async function freeLocksOfMany(deps, { claim, running }, settings, guarded) {
	const backend = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.connectBackend)(deps, settings);
	let without = 0;
	const lookAt = async (address, runner) => {
		const scoped = {
			...backend,
			address
		};
		const locks = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)(scoped);
		if (locks === void 0) return;
		const onNothing = () => {
			without += 1;
		};
		await freeLeftLock({
			deps: {
				...deps,
				runner
			},
			backend: scoped,
			locks,
			claim,
			running,
			onNothing
		});
	};
	try {
		return await deps.runner.group("Look for orphaned locks", async () => {
			const { found, errors } = await findLeftBelow(deps, backend, claim, guarded);
			const named = (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .listNamed */ .SB)(backend, guarded);
			const states = new Map([...named, ...found].map((address) => [address.lockPath, address]));
			errors.push(...await workInOrder(deps.runner, [...states.values()], AT_ONCE, lookAt));
			if (without === states.size && errors.length === 0) deps.runner.info((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .nothingLeftOfManyLine */ .tN)(states.size, (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .nameGuarded */ .Cv)(backend, guarded)));
			return errors;
		});
	} finally {
		backend.aws.destroy();
	}
}
async function findLeftBelow(deps, backend, claim, { prefixes }) {
	const mayBeOurs = (holder) => (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .whoseLock */ .u)(holder, claim).kind !== "foreign";
	const ends = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.mapAtOnce)(prefixes, 4, async (prefix) => {
		const find = () => (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .findLockedBelow */ .HF)(backend, prefix, mayBeOurs);
		const [end] = await Promise.allSettled([(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.callInTime)(deps, backend, "release", find)]);
		return end;
	});
	return {
		found: ends.flatMap((end) => end.status === "fulfilled" ? end.value : []),
		errors: ends.flatMap((end) => end.status === "rejected" ? [end.reason] : [])
	};
}
async function endTerraformWatch(deps, { checkpointerPid, session: { privateDirectory } }) {
	const pid = checkpointerPid ?? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readRecord)(privateDirectory)?.pid;
	if (pid === void 0) return [];
	await (0,_end_checkpointer_process_js__WEBPACK_IMPORTED_MODULE_1__/* .endCheckpointerProcess */ .w)(deps, pid, privateDirectory);
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readRecord)(privateDirectory)?.sightings ?? [];
}



/***/ }),

/***/ 6811:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AV: () => (/* binding */ stuckText),
/* harmony export */   Cv: () => (/* binding */ nameGuarded),
/* harmony export */   EN: () => (/* binding */ sharedNameText),
/* harmony export */   HF: () => (/* binding */ findLockedBelow),
/* harmony export */   HQ: () => (/* binding */ isSharedName),
/* harmony export */   Jw: () => (/* binding */ giveOwnHostName),
/* harmony export */   Kv: () => (/* binding */ freedText),
/* harmony export */   NX: () => (/* binding */ unwatchedText),
/* harmony export */   R_: () => (/* binding */ nothingLeftLine),
/* harmony export */   S8: () => (/* binding */ uncheckedText),
/* harmony export */   SB: () => (/* binding */ listNamed),
/* harmony export */   U0: () => (/* binding */ watchingManyLines),
/* harmony export */   cl: () => (/* binding */ freeByNowLine),
/* harmony export */   kG: () => (/* binding */ foreignLockLine),
/* harmony export */   mX: () => (/* binding */ findClaim),
/* harmony export */   o7: () => (/* binding */ takenMeanwhileLine),
/* harmony export */   pB: () => (/* binding */ watchingLines),
/* harmony export */   tN: () => (/* binding */ nothingLeftOfManyLine),
/* harmony export */   tO: () => (/* binding */ isThrowaway),
/* harmony export */   u: () => (/* binding */ whoseLock),
/* harmony export */   uc: () => (/* binding */ restoreHostName)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);

// lib/messages/lock-cleanup-text.js
function freedText(scope, holder, now) {
	return [`Freed the lock of ${scope.address.lockPath}, which this job's Terraform had left behind. It was`, ...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderLines)(holder, now)].join("\n");
}
function stuckText(scope, holder, reason, now) {
	return [
		`The lock of ${scope.address.lockPath} was not freed, although this job's Terraform may have left it: ${describeStuck(reason, now)}`,
		"If nobody works under it, free it with",
		...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.waysToFree)(scope, holder),
		"The lock:",
		...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderLines)(holder, now)
	].join("\n");
}
function describeStuck(reason, now) {
	switch (reason.kind) {
		case "not_ours": {
			const why = `${describeOwnership(reason.reason)}.`;
			return reason.reason.kind === "shared_host_name" ? `${why}\n${sharedNameText(reason.host)}` : why;
		}
		case "job_still_runs": return `this job's Terraform, ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameProcesses)(reason.running)}, could not be stopped and may hold it.`;
		case "others_unknown": return "another job's Terraform on this machine may hold it, and the action can't list the processes on this system.";
		case "others_run": return "another job runs Terraform on this machine under the same host name and may hold it.";
		case "not_freed": return `it could not be freed. ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(reason.error, now)}`;
	}
}
function describeOwnership({ kind }) {
	return {
		holder_unreadable: "it can't be read",
		held_by_step: "a step of this action holds it and releases it itself",
		taken_by_other: "somebody else took it",
		taken_before_job: "it was taken before this job began",
		shared_host_name: "other machines share this machine's name, so another job may hold it",
		no_terraform_seen: "this job started no Terraform when it was taken, so a job on another machine of the same name may hold it"
	}[kind];
}
function foreignLockLine(scope, holder, reason, now) {
	const { lockPath } = scope.address;
	return `The lock of ${lockPath} is ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeHolding)(holder, scope, now)}. It stays: ${describeOwnership(reason)}.`;
}
function takenMeanwhileLine(scope, holder, now) {
	return `The lock of ${scope.address.lockPath} is now ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeHolding)(holder, scope, now)}. It stays.`;
}
function nothingLeftLine({ address }) {
	return `No lock is left on ${address.lockPath}.`;
}
function uncheckedText({ address }, why) {
	return `This job's Terraform also worked in the workspace ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(address.workspace)}, but this step could not check whether it left the lock of ${address.lockPath}. ${why}`;
}
function nothingLeftOfManyLine(count, names) {
	return `No lock is left on ${count === 1 ? "one state" : `${count} states`} in ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names)}.`;
}
function freeByNowLine({ address }) {
	return `The lock of ${address.lockPath} that this job's Terraform left is already free.`;
}
function watchingManyLines(scope, names, held, now) {
	const locked = held.map(({ lockPath, holder }) => `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(lockPath)} is currently ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeLocked)(holder, scope, now)}.`);
	const stores = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameStores)(scope);
	return [...locked, `When this job ends, the action frees the locks that its Terraforms leave in ${stores}, for the states in ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listNames)(names)}.`];
}
function watchingLines(scope, holder, now) {
	const stores = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameStores)(scope);
	const aim = `When this job ends, the action frees any lock of ${scope.address.lockPath} that its Terraform leaves in ${stores}.`;
	return holder === void 0 ? [aim] : [`It is currently ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeLocked)(holder, scope, now)}.`, aim];
}
function unwatchedText(why) {
	return `The action can't watch the job's Terraform processes, so a lock that one of them leaves may stay. ${why}`;
}
function sharedNameText(host) {
	return [
		`This machine is called ${host}, like every machine that GitHub creates from the same image. A Terraform lock names`,
		"nothing else, so the action does not free a lock that this job leaves: another job might hold it. To have it freed, give",
		"the machine a name of its own in a step before this one:",
		"  run: sudo hostname \"tf-$GITHUB_RUN_ID-$RANDOM\""
	].join("\n");
}
function hostNameText(end) {
	switch (end.kind) {
		case "kept": return `This machine keeps its host name, ${end.host}: ${end.why}`;
		case "changed": return `Changed the host name of this machine from ${end.host} to ${end.given} until the job ends. Terraform's lock then names this machine and no other.`;
		case "restored": return `The host name of this machine is ${end.host} again.`;
		case "not_restored": return `The host name of this machine could not be changed back to ${end.host}: ${end.why}`;
	}
}
// lib/steps/lock-cleanup/lock-ownership.js
const OURS = "terraform-s3-state";
const LOCKS_WITHIN_MS = 6e4;
const SLACK_MS = 2e3;
function findClaim({ host, user }, env, startedAt, sightings) {
	return {
		names: [user() ?? env.USER ?? ""].map((name) => `${name}@${host}`),
		startedAt,
		proof: chooseProof(host, env, sightings)
	};
}
function chooseProof(host, env, sightings) {
	if (!isThrowaway(env)) return {
		kind: "sightings",
		sightings
	};
	return { kind: isSharedName(host, env) ? "none" : "name" };
}
function isThrowaway(env) {
	return env.RUNNER_ENVIRONMENT === "github-hosted";
}
function isSharedName(host, env) {
	return isThrowaway(env) && /^runnervm/i.test(host);
}
function whoseLock({ info }, claim) {
	if (info === void 0) return foreign("holder_unreadable");
	if (info.operation === OURS || (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findRunUrl)({ info }) !== void 0) return foreign("held_by_step");
	if (!claim.names.some((name) => info.who === name || info.who.endsWith(`\\${name}`))) return foreign("taken_by_other");
	const created = Date.parse(info.created);
	if (created < claim.startedAt) return foreign("taken_before_job");
	return provenBy(claim.proof, created);
}
function provenBy(proof, created) {
	if (proof.kind === "name") return { kind: "ours" };
	if (proof.kind === "none") return {
		kind: "unclear",
		reason: { kind: "shared_host_name" }
	};
	if (proof.sightings.some((sighting) => isBy(sighting, created))) return { kind: "ours" };
	return {
		kind: "unclear",
		reason: { kind: "no_terraform_seen" }
	};
}
function foreign(kind) {
	return {
		kind: "foreign",
		reason: { kind }
	};
}
function isBy({ from, until }, created) {
	return created >= from - SLACK_MS && created <= Math.min(until, from + LOCKS_WITHIN_MS) + SLACK_MS;
}
// lib/steps/lock-cleanup/guarded-states.js
const MOST_LOCKS = 2e3;
function listNamed({ address: { bucket, workspace } }, guarded) {
	return guarded.objectKeys.map((key) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.addressOfObject)(bucket, workspace, key));
}
async function findLockedBelow(backend, prefix, isWanted) {
	const { surveyLocks } = await __webpack_require__.e(/* import() */ 193).then(__webpack_require__.bind(__webpack_require__, 193));
	const found = /* @__PURE__ */ new Map();
	const { locks } = await surveyLocks(backend, {
		prefix,
		mostLocks: MOST_LOCKS
	});
	for (const { address, stores } of locks) if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isStateKey)(address.objectKey) && isWanted(stores[0].holder)) found.set(address.lockPath, address);
	return [...found.values()];
}
function nameGuarded({ address: { bucket } }, { objectKeys, prefixes }) {
	return [...objectKeys, ...prefixes].map((key) => `${bucket}/${key}`);
}
// lib/steps/lock-cleanup/own-host-name.js
const CONTAINER = /^[0-9a-f]{12}$/;
async function giveOwnHostName({ runner, env, machine, random }) {
	const { runId, runAttempt } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(env);
	const prefix = `tf-${runId}-`;
	const { host } = machine;
	const isOwn = host.startsWith(prefix) || CONTAINER.test(host);
	if (env.RUNNER_ENVIRONMENT !== "github-hosted" || env.RUNNER_OS === "Windows" || isOwn) return host;
	const given = `${prefix}${runAttempt}-${random().toString(36).slice(2, 10)}`;
	const names = {
		before: host,
		given
	};
	runner.saveState(_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_KEYS.hostNames, JSON.stringify(names));
	try {
		await machine.rename(given);
	} catch (error) {
		runner.info(hostNameText({
			kind: "kept",
			host,
			why: firstLine(error)
		}));
		return host;
	}
	runner.info(hostNameText({
		kind: "changed",
		host,
		given
	}));
	return given;
}
async function restoreHostName({ runner, machine }, names) {
	if (names === void 0 || machine.host !== names.given) return;
	try {
		await machine.rename(names.before);
		runner.info(hostNameText({
			kind: "restored",
			host: names.before
		}));
	} catch (error) {
		runner.warning(hostNameText({
			kind: "not_restored",
			host: names.before,
			why: firstLine(error)
		}));
	}
}
function firstLine(error) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toMessage)(error).split("\n")[0] ?? "";
}



/***/ })

};
