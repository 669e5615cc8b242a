export const id = 134;
export const ids = [134];
export const modules = {

/***/ 5134:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   unlock: () => (/* binding */ unlock)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);

// lib/messages/unlock-outcome.js
const FIRST = [
	"lock_lost",
	"released",
	"not_stale",
	"frozen",
	"no_lock",
	"lock_id_differs",
	"holder_unreadable"
];
function decisiveEnd(outcome) {
	const failed = outcome.find(isFailed);
	if (failed !== void 0) return failed;
	const looked = outcome.filter((end) => !isFailed(end));
	return FIRST.flatMap((code) => looked.filter((end) => end.code === code))[0];
}
function isFailed(end) {
	return "error" in end;
}
var NotUnlocked = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "NotUnlocked";
};
// lib/messages/unlock-text.js
function rawLock(lock) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.shorten)(lock.holder.raw ?? (lock.store === "item" ? itemText(lock.item) : ""));
}
function lockLines(scope, lock, now) {
	const lead = `The lock of ${scope.address.lockPath} in ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameStore)(lock, scope)} is`;
	const lines = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holdingLines)(lead, lock.holder, now);
	if (lock.holder.info !== void 0 || lock.store === "file") return lines;
	return [
		...lines,
		"  The item as it is stored:",
		`  ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.shorten)(itemText(lock.item))}`
	];
}
function nameInput(holder) {
	const id = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.usableId)(holder);
	return id === void 0 ? "force: true" : `lock_id: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(id)}`;
}
function explainUnlock(outcome, scope, now) {
	if (outcome.length === 0) return `There is no lock of ${scope.address.lockPath}: nothing to free.`;
	return groupByHolder(outcome).map(([end, where]) => {
		const lock = `The lock of ${scope.address.lockPath} in ${where.map((lock) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameStore)(lock, scope)).join(" and ")}`;
		return isFailed(end) ? explainFailed(end, where, lock, scope, now) : explainEnd(end, lock, scope, now);
	}).join("\n");
}
function groupByHolder(outcome) {
	const groups = [];
	for (const end of outcome) {
		const same = groups.find(([first]) => isSame(first, end));
		if (same === void 0) groups.push([end, [end.lock]]);
		else same[1].push(end.lock);
	}
	return groups;
}
function isSame(one, other) {
	if (isFailed(one) || isFailed(other)) return isFailed(one) && isFailed(other) && one.error === other.error;
	return one.code === other.code && one.lock.holder.raw === other.lock.holder.raw;
}
function explainEnd(end, lock, scope, now) {
	const { holder } = end.lock;
	switch (end.code) {
		case "released": return `${lock} was freed. It was ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeHolding)(holder, scope, now)}.`;
		case "no_lock": return `${lock} is free: somebody else freed it at the same time.`;
		case "not_stale": return explainNotStale(end, lock, scope, now);
		case "frozen": return explainFreezeStays(end.lock, lock, "force", now);
		case "lock_id_differs": return [`${lock} does not have the id ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(end.lockId)} (lock_id) and stays. Its holder:`, ...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderLines)(holder, now)].join("\n");
		case "holder_unreadable": return [
			`${lock} can't be identified by its id and stays.`,
			"If you are sure that nobody works under it, free it with force: true instead of lock_id.",
			...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderLines)(holder, now)
		].join("\n");
		case "lock_lost": return [`${lock} changed hands before it could be freed. The new lock stays. Its holder:`, ...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderLines)(end.successor, now)].join("\n");
	}
}
function explainFailed({ lock, error }, where, name, scope, now) {
	const isInBoth = where.length > 1;
	const ways = isInBoth ? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.waysToFree)(scope, lock.holder) : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.waysToFreeLock)(scope, lock.store, lock.holder);
	return [
		`${name} could not be freed.`,
		...isInBoth ? ["The lock item could not be deleted, so the lock file was not deleted either."] : [],
		"If it is still there, free it with",
		...ways,
		`Why: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, now)}`,
		"Its holder:",
		...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderLines)(lock.holder, now)
	].join("\n");
}
function explainNotStale({ lock: found, reason }, lock, scope, now) {
	if (reason.kind === "frozen") return explainFreezeStays(found, lock, "only_if_stale", now);
	const { holder } = found;
	const what = `${lock} is not provably stale and stays: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeNotStale)(reason)}.`;
	const fix = `If its holder is gone for good, give ${nameInput(holder)} instead of only_if_stale.`;
	const fixes = holder.id === void 0 ? [] : [fix];
	if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isWithoutRun)(reason) && holder.info !== void 0) return [
		what,
		...fixes,
		...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holdingLines)("It is", holder, now)
	].join("\n");
	return [`${what} It is ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeHolding)(holder, scope, now)}.`, ...fixes].join("\n");
}
function explainFreezeStays({ holder }, lock, input, now) {
	return [
		`${lock} is a freeze, which ${input}: true does not free. It stays.`,
		`Thaw the state with the freeze action and command: thaw, or give the lock_id instead of ${input}.`,
		"The freeze:",
		...(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderLines)(holder, now)
	].join("\n");
}
function itemText(item) {
	return JSON.stringify(item, (_, value) => value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value);
}
// lib/steps/unlock/decide-unlock.js
const LONGEST_WATCH_OF_UNLOCK_MS = 6e5;
async function decideUnlock(deps, stores, mode, found) {
	if (mode.kind === "force") return found.map(whyNotForced);
	if (mode.kind === "lock_id") return found.map((lock) => whyNotNamed(lock, mode.lockId));
	const reasons = await listReasonsByHolder(deps, stores, mode, found);
	return found.map((lock) => {
		const reason = reasons.get(lock.holder.raw);
		return reason === void 0 ? void 0 : {
			code: "not_stale",
			lock,
			reason
		};
	});
}
function whyNotForced(lock) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parseFreeze)(lock.holder) === void 0 ? void 0 : {
		code: "frozen",
		lock
	};
}
function whyNotNamed(lock, lockId) {
	const { id } = lock.holder;
	if (id === void 0) return {
		code: "holder_unreadable",
		lock
	};
	return id === lockId ? void 0 : {
		code: "lock_id_differs",
		lock,
		lockId
	};
}
async function listReasonsByHolder(deps, stores, mode, found) {
	const reasons = /* @__PURE__ */ new Map();
	for (const first of found) {
		const { raw } = first.holder;
		if (reasons.has(raw)) continue;
		const renewed = found.find((lock) => lock.holder.raw === raw && lock.heartbeat !== void 0);
		reasons.set(raw, await findReason(deps, stores, mode, renewed ?? first));
	}
	return reasons;
}
async function findReason(deps, stores, { github, staleAfterMs }, lock) {
	const { clock, runner, signal } = deps;
	const limits = {
		staleAfterMs,
		longestWatchMs: LONGEST_WATCH_OF_UNLOCK_MS
	};
	const findRun = ({ holder }) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runOfHolder)(holder, github.serverUrl);
	const first = await lookUp(deps, github, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.seeLock)(void 0, lock, findRun, clock.monotonic()));
	for (let watch = first;;) {
		const now = clock.monotonic();
		const staleness = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.proveStale)(watch, limits, now);
		if (staleness.kind === "stale") return void 0;
		if (staleness.kind === "none") return staleness.reason;
		const leftMs = staleness.until - now;
		if (watch === first) runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.watchLine)(leftMs));
		await clock.sleep(Math.min(lock.heartbeat?.intervalMs ?? leftMs, leftMs), signal);
		const next = (await stores.read()).find(({ store }) => store === lock.store);
		if (next === void 0 || next.holder.raw !== lock.holder.raw) return void 0;
		watch = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.seeLock)(watch, next, findRun, clock.monotonic());
		if (watch.stillSince !== first.stillSince) return { kind: "renewed_while_watched" };
	}
}
async function lookUp({ clock, lookUpRun, signal }, { apiUrl, token = "" }, watch) {
	if (watch.run.kind === "none") return watch;
	const status = await lookUpRun(watch.run.attempt, {
		apiUrl,
		token,
		signal
	});
	return {
		...watch,
		answer: {
			status,
			at: clock.monotonic()
		}
	};
}
// lib/messages/unlock-summary.js
function renderUnlock(outcome, scope, now) {
	const rows = outcome.map((end) => [(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.escapeHtml)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameStore)(end.lock, scope)), `${deed(end)}; ${_shared_js__WEBPACK_IMPORTED_MODULE_0__.HELD_BY} ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renderHolder)(end.lock.holder, scope, now)}`]);
	return [
		`### ${title(outcome)}`,
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlTable)([["Lock", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(scope.address.lockPath)], ...rows]),
		""
	].join("\n");
}
function title(outcome) {
	const end = decisiveEnd(outcome);
	if (end === void 0) return "\ud83d\udd13 Terraform lock: there is none";
	if (isFailed(end)) return "\u274c Terraform lock: not freed";
	return {
		released: "\ud83d\udd13 Terraform lock: freed",
		no_lock: "\ud83d\udd13 Terraform lock: already free",
		frozen: "\ud83e\uddca Terraform state: frozen",
		not_stale: "\ud83d\udd12 Terraform lock: not provably stale",
		lock_lost: "\ud83d\udd12 Terraform lock: changed hands",
		lock_id_differs: "\ud83d\udd12 Terraform lock: has another id",
		holder_unreadable: "\ud83d\udd12 Terraform lock: can't be read"
	}[end.code];
}
function deed(end) {
	if (isFailed(end)) return "\u274c not freed";
	if (end.code === "not_stale") return `stays: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeNotStale)(end.reason))}`;
	return {
		frozen: "is a freeze, and stays",
		released: "freed",
		no_lock: "freed by somebody else at the same time",
		lock_lost: "changed hands, and stays",
		lock_id_differs: "has another id, and stays",
		holder_unreadable: "can't be read, and stays"
	}[end.code];
}
// lib/steps/unlock/report-unlock.js
function describeEnd(end) {
	const { scope, outcome, failure, at } = end;
	const decisive = decisiveEnd(outcome);
	const found = outcome.length > 0;
	const released = isReleased(outcome);
	const holder = decisive === void 0 ? null : describeHolder(decisive, scope);
	return {
		code: decisive === void 0 ? "no_lock" : toCode(decisive),
		details: {
			found,
			released,
			holder,
			...decisive === void 0 ? {} : explainReason(decisive),
			locks: outcome.map((one) => ({
				place: one.lock.store,
				where: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameStore)(one.lock, scope),
				reason_code: toCode(one),
				holder: describeHolder(one, scope),
				...explainReason(one)
			}))
		},
		outputs: {
			found: String(found),
			...released === null ? {} : { released: String(released) },
			holder: JSON.stringify(holder)
		},
		summary: () => renderUnlock(outcome, scope, at),
		problem: failure
	};
}
function isReleased(outcome) {
	const released = outcome.some((end) => !isFailed(end) && end.code === "released");
	return released || !outcome.some(isFailed) ? released : null;
}
function describeHolder({ lock }, scope) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.holderJson)(lock.holder, scope, rawLock(lock));
}
function toCode(end) {
	return isFailed(end) ? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toReasonCode)(end.error) : end.code;
}
function explainReason(end) {
	return !isFailed(end) && end.code === "not_stale" ? { why: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeNotStale)(end.reason) } : {};
}
// lib/steps/unlock/unlock-inputs.js
const MODES = "give exactly one of lock_id, only_if_stale: true and force: true";
function readUnlockInputs(sources) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStateInputs)(sources, (reader, { settings }) => {
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.rejectWithoutLock)(reader, settings, "nothing is locked");
		const mode = readMode(reader);
		return {
			own: mode && { mode },
			use: "unlock"
		};
	});
}
function readMode(reader) {
	const lockId = reader.text("lock_id");
	const onlyIfStale = reader.boolean("only_if_stale") ?? false;
	const force = reader.boolean("force") ?? false;
	const stale = readStaleMode(reader, onlyIfStale);
	const modes = [
		...lockId === void 0 ? [] : [{
			kind: "lock_id",
			lockId
		}],
		...onlyIfStale ? [stale] : [],
		...force ? [{ kind: "force" }] : []
	];
	if (modes.length === 1) return modes[0];
	const given = modes.map(({ kind }) => kind).join(", ");
	reader.reject("lock_id", lockId, given === "" ? MODES : `${MODES}; here are ${given}`);
}
function readStaleMode(reader, isAsked) {
	const proof = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStaleProofInputs)(reader);
	if (isAsked && proof.github.token === void 0) reader.reject("github_token", void 0, "only_if_stale looks up the run of the holder: give a token with actions: read");
	return {
		kind: "only_if_stale",
		...proof
	};
}
// lib/steps/unlock/unlock.js
function unlock$1(deps) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runAction)(deps, UNLOCK);
}
const UNLOCK = {
	secretInputs: ["github_token"],
	readInputs: (deps, job) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readActionInputs)(deps, job, readUnlockInputs),
	work: async (deps, inputs) => {
		const outcome = await unlockState(deps, inputs);
		const scope = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeScope)(inputs.backend, deps.env);
		return {
			scope,
			outcome,
			failure: report(deps, scope, inputs.mode, outcome),
			at: deps.clock.now()
		};
	},
	describeEnd,
	describeFailure: _shared_js__WEBPACK_IMPORTED_MODULE_0__.describeFailure
};
async function unlockState(deps, { backend: settings, mode }) {
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withBackend)(deps, settings, async (backend) => {
		const stores = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)(backend);
		const found = await stores?.read() ?? [];
		if (stores === void 0) return [];
		const log = (locks) => {
			for (const lock of locks) for (const line of lockLines(backend, lock, deps.clock.now())) deps.runner.info(line);
		};
		if (mode.kind === "only_if_stale") log(found.filter((lock) => takesTime(lock, mode.github.serverUrl) || !isReadable(lock)));
		const kept = await decideUnlock(deps, stores, mode, found);
		if (mode.kind !== "only_if_stale") log(found.filter((lock, i) => kept[i] === void 0 || !isReadable(lock)));
		const outcome = await freeAll(stores, mode, found, kept);
		if (outcome.length > 0 && outcome.every(isFreed)) (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.reportRepair)(deps, backend, await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.repairAnnounced)(backend));
		return outcome;
	});
}
async function freeAll(stores, { kind }, found, kept) {
	const isProof = kind === "only_if_stale";
	const locks = found.filter((_, i) => kept[i] === void 0);
	const targets = locks.map((lock) => isProof ? lock : {
		...lock,
		heartbeat: void 0
	});
	const outcomes = await stores.free(targets);
	const ends = new Map(locks.map((lock, i) => [lock, toEnd(lock, outcomes[i], isProof)]));
	return found.flatMap((lock, i) => kept[i] ?? ends.get(lock) ?? []);
}
function takesTime({ holder }, serverUrl) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runOfHolder)(holder, serverUrl).kind === "run";
}
function isReadable({ holder }) {
	return holder.info !== void 0;
}
function isFreed(end) {
	return !isFailed(end) && end.code === "released";
}
function toEnd(lock, outcome, isProof) {
	switch (outcome?.kind) {
		case void 0: return;
		case "released": return {
			code: "released",
			lock
		};
		case "gone": return {
			code: "no_lock",
			lock
		};
		case "failed": return {
			lock,
			error: outcome.error
		};
		case "item_stays": return toEnd(lock, outcome.item, isProof);
		case "taken":
			if (!isProof || outcome.holder.raw !== lock.holder.raw) return {
				code: "lock_lost",
				lock,
				successor: outcome.holder
			};
			return {
				code: "not_stale",
				lock,
				reason: { kind: "renewed_at_last" }
			};
	}
}
function report(deps, scope, mode, outcome) {
	const text = explainUnlock(outcome, scope, deps.clock.now());
	const failed = outcome.find(isFailed);
	const decisive = decisiveEnd(outcome);
	if (decisive !== void 0 && (failed !== void 0 || isRed(outcome, mode))) return new NotUnlocked(toCode(decisive), text, failed?.error);
	if (mode.kind === "lock_id" && outcome.some((end) => !isFailed(end) && isKept(end.code))) deps.runner.warning(text);
	else deps.runner.notice(text);
}
function isRed(outcome, { kind }) {
	const end = decisiveEnd(outcome);
	if (end === void 0 || isFailed(end)) return end !== void 0;
	return end.code === "lock_lost" ? kind !== "only_if_stale" : isKept(end.code);
}
function isKept(code) {
	return code === "frozen" || code === "lock_id_differs" || code === "holder_unreadable";
}
// lib/unlock.js
const unlock = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)(unlock$1, {
	graceMs: 0,
	totalMs: 9e5,
	tryForMs: _shared_js__WEBPACK_IMPORTED_MODULE_0__.TRY_FOR_MS
});



/***/ })

};
