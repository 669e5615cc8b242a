export const id = 765;
export const ids = [765];
export const modules = {

/***/ 2765:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   freeze: () => (/* binding */ freeze)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);

// lib/messages/freeze-report.js
function frozenLine(scope, freeze, lockId) {
	return `Froze ${scope.address.lockPath} in ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameStores)(scope)} ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeFreeze)(freeze)}. Lock id ${lockId}.`;
}
function thawedLine(end, { actor, run }, pages, now) {
	const { address, freeze, holder } = end;
	if (freeze === void 0) return `${address.lockPath} is not frozen${lockedBy(holder, pages, now)}.`;
	const from = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.freezeJson)(freeze, pages).run;
	const made = `It was frozen ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeFreeze)(freeze)}${from === null ? "" : ` (${from})`}.`;
	const by = `${actor === "" ? "" : ` by ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(actor)}`}${run === "" ? "" : ` in ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(run)}`}`;
	const after = holder === void 0 ? "" : ` It is ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeLocked)(holder, pages, now)}.`;
	return `Thawed ${address.lockPath}${by}. ${made}${after}`;
}
function shownLine(end, pages, now) {
	const { address, freeze, isFrozen, holder } = end;
	if (freeze === void 0) return `${address.lockPath} is not frozen${lockedBy(holder, pages, now)}.`;
	if (isFrozen) return `${address.lockPath} is frozen ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeFreeze)(freeze)}.`;
	return `${address.lockPath} is no longer frozen: the freeze ended at ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatFreezeEnd)(freeze.until)}, and the next job that holds the state removes its lock.`;
}
function lockedBy(holder, pages, now) {
	return holder === void 0 ? "" : `, but ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeLocked)(holder, pages, now)}`;
}
function freezeNotice(deed, ends) {
	const concerned = ends.flatMap(({ freeze }) => freeze ?? []);
	const [first] = concerned;
	if (deed === "show") return void 0;
	if (first === void 0) return `Found no freeze in ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStates)(ends.length)}.`;
	if (deed === "thaw") return `Thawed ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStates)(concerned.length)}.`;
	return `Froze ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStates)(concerned.length)} ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeFreeze)(first)}.`;
}
const MOST_ROWS = 100;
function renderFreeze(deed, ends, pages) {
	const rows = ends.slice(0, MOST_ROWS).map((end) => [(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(end.address.lockPath), describeRow(end, pages)]);
	const left = ends.length - rows.length;
	const more = left > 0 ? [`and ${left} more`, ""] : [];
	return [
		`### ${title(deed, ends)}`,
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlTable)(rows),
		"",
		...more
	].join("\n");
}
function title(deed, ends) {
	const count = ends.filter(({ freeze }) => freeze !== void 0).length;
	const frozen = ends.filter(({ isFrozen }) => isFrozen).length;
	if (deed === "freeze") return `\ud83e\uddca Terraform state: froze ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStates)(count)}`;
	if (deed === "thaw" && count > 0) return `\ud83d\udca7 Terraform state: thawed ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStates)(count)}`;
	return frozen === 0 ? "\ud83d\udca7 Terraform state: not frozen" : `\ud83e\uddca Terraform state: ${frozen} of ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStates)(ends.length)} frozen`;
}
function describeRow({ freeze, isFrozen, holder }, pages) {
	if (freeze === void 0) return holder === void 0 ? "not frozen" : "not frozen, but locked";
	const { until, reason, by, run } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.freezeJson)(freeze, pages);
	const who = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.link)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(by), run ?? void 0);
	return `${isFrozen ? "frozen" : "was frozen"} until ${until} by ${who}: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(reason)}`;
}
function explainNoState(bucket, prefix) {
	return [`There is no state below s3://${bucket}/${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(prefix)}; nothing was touched.`, `Only objects whose key ends in ${_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATE_ENDING} count. Name other objects in keys, one per line.`].join("\n");
}
function explainTooManyStates(bucket, prefix, most) {
	return [`There are more than ${most} states, including those below s3://${bucket}/${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(prefix)}; nothing was touched.`, "Use longer prefixes in several steps."].join("\n");
}
function gaveBackLine(count) {
	return `Released the ${count === 1 ? "lock" : `${count} locks`} that this step had taken.`;
}
// lib/steps/freeze/refusal.js
var FreezeRefused = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "FreezeRefused";
};
// lib/steps/freeze/find-states.js
const MOST_STATES = 1e3;
async function findStates(backend, { addresses, prefixes }) {
	const states = new Map(addresses.map((address) => [address.lockPath, address]));
	for (const prefix of prefixes) {
		const found = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listStatesBelow)(backend, prefix, MOST_STATES);
		const { bucket } = backend.address;
		if (found.length === 0) throw new FreezeRefused("no_state_found", explainNoState(bucket, prefix));
		for (const address of found) states.set(address.lockPath, address);
		if (states.size > 1e3) throw new FreezeRefused("too_many_states", explainTooManyStates(bucket, prefix, MOST_STATES));
	}
	return [...states.values()].toSorted(_shared_js__WEBPACK_IMPORTED_MODULE_0__.compareLockPaths);
}
const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
function parseFreezeEnd(text) {
	if (DATE.test(text) || TIME.test(text)) return parseTime(text);
	return toEnd((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseLongDuration)(text));
}
function toEnd(ms) {
	return ms === void 0 ? void 0 : {
		kind: "after",
		ms
	};
}
function parseTime(text) {
	const time = Date.parse(text);
	const day = Date.parse(text.slice(0, 10));
	if (Number.isNaN(time) || Number.isNaN(day)) return void 0;
	return new Date(day).toISOString().startsWith(text.slice(0, 10)) ? {
		kind: "at",
		time
	} : void 0;
}
function endTime(end, now) {
	return end.kind === "at" ? end.time : now + end.ms;
}
function freezeEndProblem(end, now) {
	const ms = endTime(end, now) - now;
	if (ms < 1e3) return "it must be in the future";
	return ms > 2592e6 ? "a freeze lasts at most 30 days: give an earlier end, and freeze again then" : void 0;
}
// lib/steps/freeze/freeze-inputs.js
const LONGEST_REASON = 500;
const USES = {
	freeze: "lock",
	thaw: "free",
	show: "show"
};
function readFreezeInputs(sources, now) {
	const { env, given } = sources;
	const reader = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createInputReader)(env, given);
	const kind = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readCommand)(reader, "command", [
		"freeze",
		"thaw",
		"show"
	], "show");
	const command = readArguments(reader, kind, now);
	const { first, addresses, prefixes, warnings, problems } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readKeyList)(reader, "keys", sources);
	(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.rejectWithoutLock)(reader, first, "nothing can be frozen");
	const others = addresses.map((address) => ({
		...first,
		address
	}));
	const policy = {
		prefixes,
		queues: command?.kind === "freeze" && command.lockTimeoutMs > 0
	};
	const backend = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withSessionPolicy)(reader, USES[kind], [first, ...others], warnings, policy);
	const all = [...problems, ...reader.problems];
	if (all.length > 0 || command === void 0) throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.InputError(all);
	return {
		backend,
		addresses,
		prefixes,
		command,
		warnings
	};
}
function readArguments(reader, kind, now) {
	if (kind !== "freeze") return { kind };
	const end = readEnd(reader, now);
	const reason = readReason(reader);
	const lockTimeoutMs = reader.duration("lock_timeout") ?? 0;
	if (end === void 0 || reason === void 0) return void 0;
	return {
		kind,
		end,
		reason,
		lockTimeoutMs
	};
}
const ENDS = "give a date (2026-12-24), a time with its zone (2026-12-24T18:00:00Z), or a duration such as 4h or 3d";
function readEnd(reader, now) {
	const text = reader.text("until");
	const end = text === void 0 ? void 0 : parseFreezeEnd(text);
	const problem = end === void 0 ? ENDS : freezeEndProblem(end, now);
	if (problem !== void 0) reader.reject("until", text, problem);
	return end;
}
function readReason(reader) {
	const reason = reader.text("reason")?.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
	if (reason === void 0) reader.reject("reason", void 0, "say why: everybody whom the freeze blocks sees it, also on a laptop");
	else if (reason.length > LONGEST_REASON) {
		const shown = `${reason.slice(0, 40)}...`;
		reader.reject("reason", shown, `use at most ${LONGEST_REASON} characters`);
	}
	return reason;
}
// lib/steps/freeze/new-freeze.js
function newFreeze(job, machine, until, reason) {
	return {
		until,
		reason,
		by: `${job.actor || machine.user() || "unknown"}@${job.repository || machine.host}`,
		runUrl: job.runUrl === "" ? void 0 : job.runUrl
	};
}
function freezeLock(address, freeze, now) {
	const id = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.newLockId)();
	const common = {
		id,
		version: _shared_js__WEBPACK_IMPORTED_MODULE_0__.VERSION,
		created: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatCreated)(now),
		path: address.lockPath
	};
	return {
		id,
		info: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.serializeLockInfo)({
			...common,
			...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.freezeFields)(freeze)
		}),
		heartbeatMs: void 0
	};
}
const holderOfLock = ({ info }) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseLockHolder)(info);
// lib/steps/freeze/freeze-states.js
async function freezeStates(deps, job, backend, addresses, command) {
	await refuseFrozen(backend, addresses);
	const now = backend.aws.storeNow();
	const problem = freezeEndProblem(command.end, now);
	if (problem !== void 0) throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.InputError([{
		input: "until",
		value: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatFreezeEnd)(endTime(command.end, now)),
		fix: problem
	}]);
	const freeze = newFreeze(job, deps.machine, endTime(command.end, now), command.reason);
	const attempts = [];
	try {
		await takeAll(deps, backend, addresses, {
			freeze,
			command,
			attempts
		});
	} catch (error) {
		throw await giveBackAll(deps, backend, attempts, error);
	}
	return attempts.map(({ backend: { address }, lock }) => {
		const holder = holderOfLock(lock);
		return {
			address,
			freeze: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseFreeze)(holder),
			isFrozen: true,
			holder
		};
	});
}
async function refuseFrozen(backend, addresses) {
	const errors = [];
	for (const address of addresses) {
		const scoped = {
			...backend,
			address
		};
		const found = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)(scoped)?.read() ?? [];
		for (const { holder } of found) {
			const freeze = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseFreeze)(holder);
			if (freeze === void 0 || (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isPastEnd)(freeze, backend.aws.storeNow())) continue;
			const leftMs = freeze.until - backend.aws.storeNow();
			errors.push(new _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError({
				reason: "frozen",
				holder,
				freeze,
				leftMs,
				waitedMs: 0
			}, scoped));
			break;
		}
	}
	if (errors.length > 1) throw new AggregateError(errors);
	if (errors.length === 1) throw errors[0];
}
async function takeAll(deps, backend, addresses, { freeze, command, attempts }) {
	const deadline = deps.clock.monotonic() + command.lockTimeoutMs;
	const reason = command.lockTimeoutMs === 0 ? "lock_held" : "lock_timeout";
	for (const address of addresses) {
		const scoped = {
			...backend,
			address
		};
		const stores = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)(scoped);
		if (stores === void 0) continue;
		const lock = freezeLock(address, freeze, deps.clock.now());
		const attempt = {
			backend: scoped,
			stores,
			lock,
			isHeld: false
		};
		attempts.push(attempt);
		const timeoutMs = Math.max(0, deadline - deps.clock.monotonic());
		await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.takeStepLock)(deps, attempt, {
			timeoutMs,
			reason,
			waitsForFreezes: false
		});
		attempt.isHeld = true;
		deps.runner.info(frozenLine(scoped, freeze, lock.id));
	}
}
async function giveBackAll(deps, backend, attempts, error) {
	(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.allowCleanup)(deps, backend, "release");
	const cutOff = deps.signal.aborted ? error : void 0;
	const ends = await Promise.allSettled(attempts.map((attempt) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.giveBackStepLock)(deps.runner, attempt, attempt.isHeld, () => cutOff)));
	const failed = ends.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
	const given = attempts.filter(({ isHeld }, i) => isHeld && ends[i]?.status === "fulfilled").length;
	if (given > 0) deps.runner.info(gaveBackLine(given));
	if (failed.length === 0) return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.markFreed)(error);
	return new AggregateError([error, ...failed]);
}
// lib/steps/freeze/state-end.js
function seeState(address, found, storeNow) {
	const last = lastToEnd(found.flatMap(({ holder }) => {
		const freeze = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseFreeze)(holder);
		return freeze === void 0 ? [] : [{
			holder,
			freeze
		}];
	}));
	const isFrozen = last !== void 0 && !(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isPastEnd)(last.freeze, storeNow);
	const holder = (last ?? found[0])?.holder;
	return {
		address,
		freeze: last?.freeze,
		isFrozen,
		holder
	};
}
function lastToEnd(all) {
	return all.filter(({ freeze }) => freeze !== void 0).toSorted((one, other) => (other.freeze?.until ?? 0) - (one.freeze?.until ?? 0))[0];
}
// lib/steps/freeze/report-freeze.js
function describeEnd(end) {
	const { deed, states, pages } = end;
	const frozen = states.some(({ isFrozen }) => isFrozen);
	const freeze = findFreeze(states, pages);
	return {
		code: successCode(deed, states),
		details: {
			command: deed,
			frozen,
			states: states.map((state) => describeState(state, pages))
		},
		outputs: {
			frozen: String(frozen),
			until: freeze?.until ?? "",
			reason: freeze?.reason ?? "",
			by: freeze?.by ?? "",
			run: freeze?.run ?? ""
		},
		summary: () => renderFreeze(deed, states, pages),
		problem: void 0
	};
}
function describeFreezeFailure(error) {
	const cause = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.firstCause)(error);
	if (cause instanceof FreezeRefused) return {
		code: cause.code,
		details: {}
	};
	const { code, details } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeFailure)(error);
	if (!(cause instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.StateError || cause instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.LockedError)) return {
		code,
		details
	};
	return {
		code,
		details: {
			...details,
			...describeRefused(cause)
		}
	};
}
function findFreeze(states, pages) {
	const end = lastToEnd(states.filter(({ isFrozen }) => isFrozen)) ?? lastToEnd(states);
	return end?.freeze && (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.freezeJson)(end.freeze, pages);
}
function describeState({ address, freeze, isFrozen, holder }, pages) {
	return {
		state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(address),
		frozen: isFrozen,
		freeze: freeze === void 0 ? null : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.freezeJson)(freeze, pages),
		holder: holder === void 0 ? null : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderJson)(holder, pages)
	};
}
function successCode(deed, states) {
	if (deed === "freeze") return "froze";
	if (deed === "show") return states.some(({ isFrozen }) => isFrozen) ? "frozen" : "not_frozen";
	return states.some(({ freeze }) => freeze !== void 0) ? "thawed" : "not_frozen";
}
function describeRefused({ details, scope }) {
	const freeze = details.reason === "frozen" ? { freeze: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.freezeJson)(details.freeze, scope) } : {};
	const holder = "holder" in details && details.holder ? { holder: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderJson)(details.holder, scope) } : {};
	return {
		state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(scope.address),
		...freeze,
		...holder
	};
}
// lib/steps/freeze/thaw-states.js
async function thawStates(backend, addresses, onEnd) {
	const ends = [];
	const errors = [];
	for (const address of addresses) try {
		const end = await thaw({
			...backend,
			address
		});
		ends.push(end);
		onEnd(end);
	} catch (error) {
		errors.push(error);
	}
	if (errors.length > 1) throw new AggregateError(errors);
	if (errors.length === 1) throw errors[0];
	return ends;
}
async function thaw(backend) {
	const { address, aws } = backend;
	const stores = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)(backend);
	const found = await stores?.read() ?? [];
	if (stores === void 0) return seeState(address, found, aws.storeNow());
	const freezes = found.filter(({ holder }) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseFreeze)(holder) !== void 0);
	const outcomes = await stores.free(freezes);
	for (const outcome of outcomes) throwIfFreezeStays(backend, outcome);
	const thawed = freezes.filter((_, i) => outcomes[i]?.kind === "released");
	const left = found.find(({ holder }) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseFreeze)(holder) === void 0);
	return {
		address,
		freeze: lastToEnd(thawed.map(({ holder }) => ({ freeze: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseFreeze)(holder) })))?.freeze,
		isFrozen: false,
		holder: left?.holder
	};
}
function throwIfFreezeStays(backend, outcome) {
	if (outcome.kind === "failed") throw outcome.error;
	if (outcome.kind === "taken") (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.throwIfFrozen)(backend, outcome.holder, 0);
}
async function showStates(backend, addresses) {
	const ends = [];
	for (const address of addresses) {
		const found = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)({
			...backend,
			address
		})?.read() ?? [];
		ends.push(seeState(address, found, backend.aws.storeNow()));
	}
	return ends;
}
// lib/steps/freeze/freeze.js
function freeze$1(deps) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runAction)(deps, FREEZE);
}
const FREEZE = {
	secretInputs: [],
	readInputs: (deps, job) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readActionInputs)(deps, job, (sources) => readFreezeInputs(sources, deps.clock.now())),
	work: async (deps, inputs, job) => {
		const { command } = inputs;
		return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withBackend)(deps, inputs.backend, async (backend) => {
			await backend.aws.signIn();
			const states = await work(deps, job, backend, await findStates(backend, inputs), command);
			const notice = freezeNotice(command.kind, states);
			if (notice !== void 0) deps.runner.notice(notice);
			return {
				deed: command.kind,
				states,
				pages: { githubServer: job.serverUrl }
			};
		});
	},
	describeEnd,
	describeFailure: describeFreezeFailure
};
async function work(deps, job, backend, addresses, command) {
	const { runner, clock } = deps;
	if (command.kind === "freeze") return await freezeStates(deps, job, backend, addresses, command);
	if (command.kind === "thaw") {
		const doer = {
			actor: job.actor,
			run: job.runUrl
		};
		return await thawStates(backend, addresses, (end) => runner.info(thawedLine(end, doer, backend, clock.now())));
	}
	const ends = await showStates(backend, addresses);
	for (const end of ends) runner.info(shownLine(end, backend, clock.now()));
	return ends;
}
// lib/freeze.js
const freeze = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)(freeze$1, {
	graceMs: 0,
	totalMs: void 0,
	tryForMs: _shared_js__WEBPACK_IMPORTED_MODULE_0__.TRY_FOR_MS
});



/***/ })

};
