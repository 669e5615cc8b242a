export const id = 287;
export const ids = [287];
export const modules = {

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



/***/ }),

/***/ 8287:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   startLockCleanup: () => (/* binding */ startLockCleanup)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var _start_checkpointer_process_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3264);
/* harmony import */ var _own_host_name_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6811);



// lib/steps/lock-cleanup/start-lock-cleanup.js
const AT_ONCE = 16;
async function startLockCleanup(deps, backend, session, inputs) {
	const { runner, clock } = deps;
	const { aws } = backend;
	await aws.signIn();
	const proved = inputs.skipCredentialsValidation || (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.assumesRole)(inputs.backend.aws.credentials);
	const { guardedStates } = session;
	const [lines] = await Promise.all([guardedStates === void 0 ? lookAtLock(backend, clock.now()) : lookAtLocks(backend, guardedStates, clock.now()), proved ? void 0 : aws.verifyCredentials()]);
	for (const line of lines) runner.info(line);
	await prepareProof(deps, session);
}
async function lookAtLock(backend, now) {
	const [first] = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)(backend)?.read() ?? [];
	return (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .watchingLines */ .pB)(backend, first?.holder, now);
}
async function lookAtLocks(backend, guarded, now) {
	const below = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.mapAtOnce)(guarded.prefixes, 4, (prefix) => (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .findLockedBelow */ .HF)(backend, prefix, () => true));
	const states = new Map([...(0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .listNamed */ .SB)(backend, guarded), ...below.flat()].map((address) => [address.lockPath, address]));
	const held = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.mapAtOnce)([...states.values()], AT_ONCE, async (address) => {
		const [first] = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)({
			...backend,
			address
		})?.read() ?? [];
		return first === void 0 ? void 0 : {
			lockPath: address.lockPath,
			holder: first.holder
		};
	});
	const names = (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .nameGuarded */ .Cv)(backend, guarded);
	return (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .watchingManyLines */ .U0)(backend, names, held.filter((one) => one !== void 0), now);
}
async function prepareProof(deps, session) {
	const { runner, env, machine, clock } = deps;
	if ((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .isThrowaway */ .tO)(env)) {
		const host = await (0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .giveOwnHostName */ .Jw)(deps);
		if ((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .isSharedName */ .HQ)(host, env)) runner.warning((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .sharedNameText */ .EN)(host));
	}
	if (await machine.terraforms() === void 0) return;
	try {
		await (0,_start_checkpointer_process_js__WEBPACK_IMPORTED_MODULE_1__/* .startCheckpointerProcess */ .P)(deps, {
			session,
			times: void 0,
			pulled: void 0
		});
	} catch (error) {
		runner.warning((0,_own_host_name_js__WEBPACK_IMPORTED_MODULE_2__/* .unwatchedText */ .NX)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, clock.now())));
	}
}



/***/ })

};
