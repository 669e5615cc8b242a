export const id = 163;
export const ids = [163];
export const modules = {

/***/ 1163:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   checkpointer: () => (/* binding */ checkpointer)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var node_module__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8995);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3024);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8161);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(6760);





// lib/job-processes/watchdog.js
const LONGEST_MS = 432e6;
function watchdog(view) {
	const { workerPid, privateDirectory, startedAt, now, isAlive, isTerraformAlive } = view;
	let wasAlive = false;
	return async () => {
		if (!await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isDirectory)(privateDirectory)) return "files_gone";
		if (workerPid !== void 0 && !isAlive(workerPid)) {
			const isStill = await isTerraformAlive();
			if (!isStill && !wasAlive) return "worker_gone";
			wasAlive = isStill;
		}
		return now() - startedAt >= LONGEST_MS ? "too_old" : void 0;
	};
}
// lib/steps/checkpointer/checkpointer-log.js
const LINE_LENGTH = 500;
function createCheckpointerLog(record, now) {
	const secrets = /* @__PURE__ */ new Set();
	const write = (text) => {
		const masked = [...secrets].reduce((line, secret) => line.replaceAll(secret, "***"), text);
		const time = new Date(now()).toISOString();
		const line = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.neutralize)(`${time} ${masked}`.slice(0, LINE_LENGTH));
		try {
			record.update({ log: [...record.current.log, line].slice(-20) });
		} catch {}
	};
	return {
		info: write,
		debug: () => {},
		notice: write,
		warning: write,
		fail: write,
		mask: (value) => void (value !== "" && secrets.add(value)),
		group: (_, work) => work(),
		output: () => {},
		saveState: () => {},
		exportVariable: () => {},
		summary: async () => {}
	};
}
// lib/steps/checkpointer/checkpointer-context.js
function checkpointBase({ record }, { pulled }) {
	return record.current.committed ?? pulled;
}
// lib/steps/checkpointer/decide-checkpoint.js
function decideCheckpoint(before, facts) {
	const { md5, inspection } = facts;
	if (inspection.kind !== "state") return void 0;
	const { header, content, isEmpty } = inspection;
	const after = {
		serial: header.serial,
		lineage: header.lineage,
		md5,
		content,
		isEmpty
	};
	if (!(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decidePush)({
		before,
		after
	}).push) return void 0;
	return before === void 0 || sameLineage(before, after) && after.serial > before.serial ? after : void 0;
}
function sameLineage(before, after) {
	return before.lineage === after.lineage;
}
// lib/steps/checkpointer/push-checkpoint.js
async function pushCheckpoint(checkpointer, job) {
	if (checkpointer.record.current.isConflict) return "conflict";
	try {
		return await pushNewer(checkpointer, job);
	} catch (error) {
		if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isLockLost)(error)) return "lock_lost";
		throw error;
	}
}
async function pushNewer(checkpointer, job) {
	await commit(checkpointer);
	const snapshot = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.takeSnapshot)(job.file, job.copyPath, job.decided);
	if (snapshot === void 0) return "up_to_date";
	const state = decideCheckpoint(checkpointBase(checkpointer, job).state, snapshot.facts);
	if (state === void 0) {
		const isWhole = snapshot.facts.inspection.kind === "state";
		if (isWhole) job.decided = snapshot.mark;
		return isWhole ? "up_to_date" : "retry";
	}
	if (!await snapshot.isStill()) return "retry";
	return await push(checkpointer, job, snapshot, state);
}
async function push(checkpointer, job, snapshot, state) {
	const { backend, held, lock, record } = checkpointer;
	const { inDoubt } = record.current;
	(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.letOptimizerIn)();
	const others = inDoubt.filter(({ md5 }) => md5 !== state.md5);
	record.update({ inDoubt: [...others, state] });
	const request = buildPutRequest(checkpointer, job, snapshot);
	const outcome = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pushState)(backend, held, request).catch((error) => {
		if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findLostWrite)(error) === "not_sent") record.update({ inDoubt });
		throw error;
	});
	const kept = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.rememberSnapshot)(outcome.snapshot, checkpointer.deps.clock.now());
	if (kept !== void 0) record.update({ snapshot: kept });
	if (outcome.kind === "stored") {
		storeCheckpoint(checkpointer, job, state, outcome);
		job.decided = snapshot.mark;
		await commit(checkpointer);
		return "up_to_date";
	}
	const earlier = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findInDoubt)(record.current.inDoubt, outcome.current, lock.id);
	if (earlier === void 0 || outcome.current === void 0) {
		record.update({
			inDoubt: [],
			isConflict: true
		});
		return "conflict";
	}
	storeCheckpoint(checkpointer, job, earlier, {
		...outcome.current,
		conditional: true
	});
	await commit(checkpointer);
	return "retry";
}
function buildPutRequest({ deps, session, record }, job, snapshot) {
	const copy = {
		path: job.copyPath,
		facts: snapshot.facts
	};
	const { etag, storedDigest } = checkpointBase({ record }, job);
	const provenance = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeProvenance)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env), session, copy);
	const before = snapshotBefore(session, record, job);
	return {
		...copy,
		provenance,
		expectedEtag: etag,
		storedDigest,
		snapshot: before
	};
}
function snapshotBefore(session, { current }, { pulled }) {
	const isKept = current.snapshot !== void 0 && current.snapshot.problem === void 0;
	if (current.committed !== void 0 || isKept) return void 0;
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeSnapshot)(session, pulled, (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.checkpointerFolder)(session.privateDirectory), "before"));
}
function storeCheckpoint(checkpointer, job, state, { etag, versionId, conditional }) {
	const { record, backend, deps } = checkpointer;
	const { storedDigest } = checkpointBase(checkpointer, job);
	const isDigestWritten = backend.table === void 0;
	record.update({
		inDoubt: [],
		committed: {
			state,
			etag,
			versionId,
			conditional,
			storedDigest,
			isDigestWritten,
			isConfirmed: false
		},
		checkpoints: record.current.checkpoints + 1,
		committedAt: [...record.current.committedAt, deps.clock.now()].slice(-50)
	});
}
async function commit(checkpointer) {
	const { backend, held, record } = checkpointer;
	const { committed } = record.current;
	if (committed === void 0 || committed.isDigestWritten && committed.isConfirmed) return;
	if (backend.table !== void 0) return await commitDigest(checkpointer, committed, backend.table);
	await held.verify();
	record.update({ committed: {
		...committed,
		isConfirmed: true
	} });
}
async function commitDigest({ deps, backend, lock, held, record, heartbeatState }, committed, table) {
	const { md5 } = committed.state;
	heartbeatState.beats += 1;
	const beat = {
		table,
		lock,
		beats: heartbeatState.beats
	};
	const { digest, isHeld } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.commitCheckpoint)(backend, beat, {
		md5,
		previousMd5: committed.storedDigest
	});
	heartbeatState.lastAt = deps.clock.monotonic();
	const isDigestWritten = digest.kind === "written" || digest.kind === "was_there";
	const storedDigest = isDigestWritten ? md5 : committed.storedDigest;
	record.update({ committed: {
		...committed,
		storedDigest,
		isDigestWritten,
		isConfirmed: isHeld
	} });
	if (!isHeld) held.markLost(void 0);
	held.lost.throwIfAborted();
	if (digest.kind === "failed") throw digest.error;
}
// lib/steps/checkpointer/last-checkpoint.js
const TRIES = 5;
const PAUSE_MS = 1e3;
async function makeLastCheckpoint(checkpointer, job) {
	const { deps } = checkpointer;
	try {
		for (let tries = 0; tries < TRIES && await isUnfinished(checkpointer, job); tries += 1) await deps.clock.sleep(PAUSE_MS, deps.signal);
		await keepWhatIsLeft(checkpointer, job);
	} catch (error) {
		deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lastStateLostText)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, deps.clock.now())));
	}
}
async function isUnfinished(checkpointer, job) {
	try {
		return await pushCheckpoint(checkpointer, job) === "retry";
	} catch (error) {
		checkpointer.deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, checkpointer.deps.clock.now()));
		return true;
	}
}
async function keepWhatIsLeft(checkpointer, job) {
	const { deps, backend, session } = checkpointer;
	const snapshot = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.takeSnapshot)(job.file, job.copyPath, void 0);
	if (snapshot === void 0 || isSafe(checkpointer, job, snapshot.facts.md5)) return;
	const run = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env);
	const copy = {
		path: job.copyPath,
		facts: snapshot.facts
	};
	const provenance = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeProvenance)(run, session, copy);
	const name = `${run.runId || "local"}-${run.runAttempt}`;
	const key = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.storeRescueCopy)(backend, {
		...copy,
		provenance,
		name
	});
	deps.runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lastStateKeptLine)(`s3://${backend.address.bucket}/${key}`));
}
function isSafe(checkpointer, job, md5) {
	const { committed } = checkpointer.record.current;
	return checkpointBase(checkpointer, job).state?.md5 === md5 && (committed === void 0 || committed.isConfirmed);
}
// lib/steps/checkpointer/watch-terraforms.js
const LOOK_EVERY_MS = 1e3;
async function watchTerraforms(deps, session, workerPid) {
	const { clock, processes } = deps;
	const record = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.keepRecord)(session.privateDirectory, process.pid);
	const seen = /* @__PURE__ */ new Map();
	const look = async () => {
		const running = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.jobTerraforms)(deps, session) ?? [];
		for (const one of running) await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.noteSighting)(seen, one, clock.now());
		if (running.length > 0) record.update({ sightings: [...seen.values()] });
	};
	const rounds = [look, watchdog({
		workerPid,
		privateDirectory: session.privateDirectory,
		startedAt: session.startedAt,
		now: clock.now,
		isAlive: processes.isAlive,
		isTerraformAlive: async () => false
	})].map((work) => ({
		everyMs: LOOK_EVERY_MS,
		work
	}));
	const end = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.keepWatch)(clock, deps.signal, rounds) ?? "asked";
	if (end !== "files_gone") record.update({ end });
}
// lib/steps/checkpointer/run-checkpointer.js
const LONGEST_ROUND_MS = 6e4;
async function runCheckpointer(outer, workerPid) {
	const saved = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readSavedState)(outer.env);
	if (saved === void 0) return;
	if (saved.session.mode === "guard") return await watchTerraforms(outer, saved.session, workerPid);
	const record = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.keepRecord)(saved.session.privateDirectory, process.pid);
	const tryForMs = limitRound(saved.session);
	const deps = {
		...outer,
		tryForMs,
		runner: createCheckpointerLog(record, outer.clock.now)
	};
	const backend = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.connectBackend)(deps, saved.session.backend);
	try {
		const { lock } = saved.session;
		if (lock === void 0) return;
		const heartbeatState = {
			beats: 0,
			lastAt: deps.clock.monotonic()
		};
		const job = watchedState(saved);
		const held = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.heldLock)(backend, lock);
		await watchOver({
			deps,
			backend,
			session: saved.session,
			lock,
			held,
			job,
			record,
			heartbeatState
		}, workerPid);
	} catch (error) {
		deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, deps.clock.now()));
	} finally {
		backend.aws.destroy();
	}
}
function watchedState({ session, pulled }) {
	if (pulled === void 0 || !session.pull || session.push === "never") return void 0;
	const copyPath = (0,node_path__WEBPACK_IMPORTED_MODULE_4__.join)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.checkpointerFolder)(session.privateDirectory), "snapshot");
	return {
		pulled,
		file: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.movingFile)(() => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findStatePath)(session)),
		copyPath,
		decided: void 0
	};
}
async function watchOver(checkpointer, workerPid) {
	const { deps, record, job } = checkpointer;
	const end = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.keepWatch)(deps.clock, deps.signal, listRounds(checkpointer, workerPid)) ?? "asked";
	if (job !== void 0 && end !== "asked" && end !== "files_gone") await makeLastCheckpoint(checkpointer, job);
	if (end !== "files_gone") record.update({ end });
}
function listRounds(checkpointer, workerPid) {
	const { deps, session, backend, job } = checkpointer;
	const { privateDirectory, checkpointMs, startedAt } = session;
	const { now } = deps.clock;
	const { isAlive } = deps.processes;
	const isTerraformAlive = async () => (await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.jobTerraforms)(deps, session) ?? []).length > 0;
	const whyEnd = watchdog({
		workerPid,
		privateDirectory,
		startedAt,
		now,
		isAlive,
		isTerraformAlive
	});
	const roundMs = limitRound(session);
	const rounds = [{
		everyMs: roundMs,
		work: whyEnd
	}];
	if (backend.table !== void 0) rounds.push({
		everyMs: roundMs,
		work: () => beat(checkpointer, roundMs)
	});
	if (job !== void 0) rounds.push({
		everyMs: checkpointMs,
		work: () => lookForChange(checkpointer, job)
	});
	return rounds;
}
function limitRound({ checkpointMs }) {
	return Math.min(checkpointMs, LONGEST_ROUND_MS);
}
async function beat(checkpointer, everyMs) {
	const { deps, backend, lock, held, heartbeatState } = checkpointer;
	const { table } = backend;
	if (table === void 0 || deps.clock.monotonic() - heartbeatState.lastAt < everyMs / 2) return void 0;
	return await orLog(checkpointer, async () => {
		heartbeatState.beats += 1;
		const isHeld = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renewLock)(backend, {
			table,
			lock,
			beats: heartbeatState.beats
		});
		heartbeatState.lastAt = deps.clock.monotonic();
		if (checkpointer.job === void 0) clearError(checkpointer);
		if (isHeld) return void 0;
		held.markLost(void 0);
		return "lock_lost";
	});
}
async function lookForChange(checkpointer, job) {
	return await orLog(checkpointer, async () => {
		const before = checkpointer.record.current.isConflict;
		const outcome = await pushCheckpoint(checkpointer, job);
		clearError(checkpointer);
		if (outcome === "conflict" && !before) checkpointer.deps.runner.warning(_shared_js__WEBPACK_IMPORTED_MODULE_0__.CHECKPOINTS_ENDED);
		return outcome === "lock_lost" ? "lock_lost" : void 0;
	});
}
function clearError({ record }) {
	if (record.current.lastError !== void 0) record.update({ lastError: void 0 });
}
async function orLog({ deps, record }, work) {
	try {
		return await work();
	} catch (error) {
		if (deps.signal.aborted) return void 0;
		deps.runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(error, deps.clock.now()));
		record.noteError();
		return;
	}
}
// lib/checkpointer.js
const checkpointer = async () => {
	(0,node_module__WEBPACK_IMPORTED_MODULE_1__.flushCompileCache)();
	(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.keepOptimizerOut)();
	Object.assign(process.env, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readHandOver)(takeInput()));
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)((deps) => runCheckpointer(deps, workerPid()), {
		graceMs: 0,
		totalMs: void 0,
		tryForMs: _shared_js__WEBPACK_IMPORTED_MODULE_0__.TRY_FOR_MS
	}, { sharesCode: true });
	process.exit();
};
function takeInput() {
	const text = (0,node_fs__WEBPACK_IMPORTED_MODULE_2__.readFileSync)(0, "utf8");
	(0,node_fs__WEBPACK_IMPORTED_MODULE_2__.closeSync)(0);
	(0,node_fs__WEBPACK_IMPORTED_MODULE_2__.openSync)(node_os__WEBPACK_IMPORTED_MODULE_3__.devNull, "r");
	return text;
}
function workerPid() {
	return Number(process.argv[3]) || void 0;
}



/***/ })

};
