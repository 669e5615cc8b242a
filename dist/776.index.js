export const id = 776;
export const ids = [776];
export const modules = {

/***/ 4776:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   locks: () => (/* binding */ locks)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);

// lib/backend/survey/find-expired-plans.js
const AT_ONCE = 16;
async function findExpiredPlans(backend, records, most) {
	const oldest = records.toSorted((one, other) => one.storedAt - other.storedAt).slice(0, most);
	const { bucket, workspace } = backend.address;
	return {
		expired: (await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.mapAtOnce)(oldest, AT_ONCE, async ({ objectKey, planId }) => {
			const scoped = {
				...backend,
				address: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.addressOfObject)(bucket, workspace, objectKey)
			};
			const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readPlanRecord)(scoped, planId);
			if (read.kind !== "found" || read.record.expiresAt > backend.aws.storeNow()) return void 0;
			return {
				objectKey,
				planId,
				expiredAt: read.record.expiresAt
			};
		})).filter((plan) => plan !== void 0),
		unread: records.length - oldest.length
	};
}
// lib/steps/locks/assess-locks.js
const LONGEST_WATCH_OF_LOCKS_MS = 18e4;
const QUESTIONS_AT_ONCE = 4;
const READS_AT_ONCE = 16;
async function assessLocks(deps, { github, staleAfterMs }, all) {
	const { clock } = deps;
	const limits = {
		staleAfterMs,
		longestWatchMs: LONGEST_WATCH_OF_LOCKS_MS
	};
	const seenAt = clock.monotonic();
	const asked = await askAll(deps, github, all.map((found) => {
		const lock = withHeartbeat(found);
		return {
			found,
			watch: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.seeLock)(void 0, lock, ({ holder }) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runOfHolder)(holder, github.serverUrl), seenAt)
		};
	}));
	const prove = (one) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.proveStale)(one.watch, limits, clock.monotonic());
	const watched = asked.filter((one) => prove(one).kind === "watching");
	const seen = await watchAll(deps, watched, Math.max(...watched.map((one) => leftMs(prove(one), clock))));
	return asked.flatMap((one) => {
		const end = seen.get(one);
		if (end === "gone") return [];
		if (end !== void 0 && "status" in end) return [end];
		const staleness = prove(end ?? one);
		return [{
			found: one.found,
			status: toHolderStatus(one.found, staleness, deps.storeNow())
		}];
	});
}
function withHeartbeat({ stores }) {
	return stores.find(({ heartbeat }) => heartbeat !== void 0) ?? stores[0];
}
function toHolderStatus(found, staleness, storeNow) {
	if (staleness.kind === "stale") return {
		kind: "dead",
		proof: staleness.proof
	};
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.statusWithoutProof)(found, staleness.reason, storeNow);
}
async function askAll({ clock, lookUpRun, signal }, { apiUrl, token }, cases) {
	if (token === void 0) return [...cases];
	const attempts = /* @__PURE__ */ new Map();
	for (const { watch } of cases) if (watch.run.kind === "run") attempts.set(JSON.stringify(watch.run.attempt), watch.run.attempt);
	const answers = /* @__PURE__ */ new Map();
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.mapAtOnce)([...attempts], QUESTIONS_AT_ONCE, async ([id, attempt]) => {
		const status = await lookUpRun(attempt, {
			apiUrl,
			token,
			signal
		});
		answers.set(id, {
			status,
			at: clock.monotonic()
		});
	});
	return cases.map(({ found, watch }) => {
		const answer = watch.run.kind === "run" ? answers.get(JSON.stringify(watch.run.attempt)) : void 0;
		return {
			found,
			watch: {
				...watch,
				answer
			}
		};
	});
}
function leftMs(staleness, clock) {
	return staleness.kind === "watching" ? staleness.until - clock.monotonic() : 0;
}
async function watchAll(deps, watched, ms) {
	const looks = /* @__PURE__ */ new Map();
	if (watched.length === 0) return looks;
	deps.runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.watchLine)(ms));
	await deps.clock.sleep(ms, deps.signal);
	await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.mapAtOnce)(watched, READS_AT_ONCE, async (one) => looks.set(one, await lookAgain(deps, one)));
	return looks;
}
async function lookAgain(deps, one) {
	const { found, watch } = one;
	const now = await deps.readAgain(found);
	if (now === void 0) return "gone";
	if (now.holder.raw !== watch.lock.holder.raw) {
		const successor = {
			address: found.address,
			stores: [now]
		};
		return {
			found: successor,
			status: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.statusWithoutProof)(successor, { kind: "run_not_looked_up" }, deps.storeNow())
		};
	}
	const next = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.seeLock)(watch, now, () => watch.run, deps.clock.monotonic());
	if (next.stillSince === watch.stillSince) return {
		found,
		watch: next
	};
	return {
		found,
		status: {
			kind: "alive",
			reason: { kind: "renewed_while_watched" }
		}
	};
}
// lib/steps/locks/free-dead-locks.js
async function freeDeadLocks(deps, backend, assessed) {
	const rows = [];
	for (const one of assessed) {
		deps.signal.throwIfAborted();
		const end = one.status.kind === "dead" ? await freeStateLock(backend, one) : void 0;
		const status = end?.kind === "stays" ? {
			kind: "alive",
			reason: end.reason
		} : one.status;
		rows.push({
			found: one.found,
			status,
			end
		});
		if (end?.kind === "freed" && isOnlyLock(one, assessed)) await repair(deps, backend, one);
	}
	return rows;
}
async function freeStateLock(backend, { found }) {
	const stores = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)({
		...backend,
		address: found.address
	});
	if (stores === void 0) return { kind: "gone" };
	const ends = (await stores.free(found.stores)).map((outcome, i) => toEnd(outcome, found.stores[i]));
	return ends.find(({ kind }) => kind !== "freed" && kind !== "gone") ?? ends.find(({ kind }) => kind === "freed") ?? { kind: "gone" };
}
function toEnd(outcome, lock) {
	switch (outcome.kind) {
		case "released": return { kind: "freed" };
		case "gone": return { kind: "gone" };
		case "failed": return outcome;
		case "item_stays": return toEnd(outcome.item, lock);
		case "taken":
			if (outcome.holder.raw !== lock?.holder.raw) return { kind: "taken" };
			return {
				kind: "stays",
				reason: { kind: "renewed_at_last" }
			};
	}
}
function isOnlyLock({ found }, assessed) {
	const { lockPath } = found.address;
	return assessed.filter((other) => other.found.address.lockPath === lockPath).length === 1;
}
async function repair(deps, backend, { found: { address } }) {
	const scoped = {
		...backend,
		address
	};
	(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.reportRepair)(deps, scoped, await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.repairAnnounced)(scoped));
}
// lib/steps/locks/locks-inputs.js
const FIX_FOR_KEY = "this action checks all states: give key_prefix, or use unlock/ for the lock of one state";
function readLocksInputs(sources) {
	const { env, job, given } = sources;
	const reader = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createInputReader)(env, given);
	const read = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readKeyPrefixInputs)(reader, sources, FIX_FOR_KEY);
	const free = reader.choice("free", ["none", "stale"]) ?? "none";
	const publish = reader.choice("publish", ["none", "issue"]) ?? "none";
	const proof = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStaleProofInputs)(reader);
	rejectNoToken(reader, proof, free, publish);
	if (publish === "issue" && !job.repository.includes("/")) reader.reject("publish", "issue", "it works only in a job of GitHub Actions");
	const warnings = [...read.warnings];
	const use = free === "stale" ? "locks_free" : "locks";
	const { prefix } = read;
	const backend = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withSessionPolicy)(reader, use, [read.settings], warnings, { keyPrefix: prefix });
	const problems = [...read.problems, ...reader.problems];
	if (problems.length > 0) throw new _shared_js__WEBPACK_IMPORTED_MODULE_0__.InputError(problems);
	return {
		backend,
		prefix,
		free,
		publish,
		proof,
		warnings
	};
}
function rejectNoToken(reader, { github }, free, publish) {
	if (github.token !== void 0) return;
	if (free === "stale") reader.reject("github_token", void 0, "free: stale looks up the runs of holders: give a token with actions: read");
	else if (publish === "issue") reader.reject("github_token", void 0, "publish: issue needs a token with issues: write");
}
// lib/github/tracking-issue.js
const LONGEST_BODY = 65536;
const PAGE = 100;
const MOST_PAGES = 10;
const Issue = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	number: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.number)(),
	state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(),
	title: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(),
	body: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullish)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(), ""),
	html_url: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(),
	user: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullable)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ login: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)() })),
	pull_request: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.optional)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.unknown)())
});
async function keepIssue(api, repository, wanted, { clock, signal }) {
	for (let attempt = 1;; attempt += 1) try {
		return await keepOnce(api, repository, wanted, attempt);
	} catch (error) {
		if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.GitHubError) || error.againInMs === void 0) throw error;
		await clock.sleep(error.againInMs, signal);
	}
}
async function keepOnce(api, repository, wanted, attempt) {
	const author = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findOurLogin)(api);
	const find = (state) => findOurs(api, repository, {
		author,
		state,
		id: wanted.id
	});
	const [oldest, ...duplicates] = await find(wanted.isOpen ? "all" : "open");
	if (oldest === void 0) {
		if (!wanted.isOpen) return { kind: "none" };
		const body = printBody(wanted);
		const data = await api.attempt(_shared_js__WEBPACK_IMPORTED_MODULE_0__.ROUTES.createIssue, {
			...repository,
			title: wanted.title,
			body
		}, attempt);
		return {
			kind: "created",
			url: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.understood)(Issue, data).html_url
		};
	}
	if ((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isOfNewerRun)(oldest.body, wanted.run)) return {
		kind: "superseded",
		url: oldest.html_url
	};
	for (const { number, state } of duplicates) if (state === "open") await close(api, repository, number, "not_planned");
	return await update(api, repository, oldest, wanted);
}
async function update(api, repository, issue, wanted) {
	const { number, html_url: url } = issue;
	const body = printBody(wanted);
	const { title } = wanted;
	if (!wanted.isOpen) {
		await api.request(_shared_js__WEBPACK_IMPORTED_MODULE_0__.ROUTES.updateIssue, {
			...repository,
			number,
			title,
			body,
			...CLOSED
		});
		return {
			kind: "closed",
			url
		};
	}
	if (issue.state === "open" && issue.title === title && withoutMarks(issue.body) === withoutMarks(body)) return {
		kind: "unchanged",
		url
	};
	await api.request(_shared_js__WEBPACK_IMPORTED_MODULE_0__.ROUTES.updateIssue, {
		...repository,
		number,
		title,
		body,
		state: "open"
	});
	return {
		kind: "updated",
		url
	};
}
const CLOSED = {
	state: "closed",
	state_reason: "completed"
};
async function close(api, repository, number, state_reason) {
	await api.request(_shared_js__WEBPACK_IMPORTED_MODULE_0__.ROUTES.updateIssue, {
		...repository,
		number,
		state: "closed",
		state_reason
	});
}
async function findOurs(api, repository, { author, state, id }) {
	const ours = /* @__PURE__ */ new Map();
	const seen = /* @__PURE__ */ new Set();
	for (let page = 1; page <= MOST_PAGES; page += 1) {
		const query = {
			state,
			creator: author,
			sort: "updated",
			direction: "desc",
			page,
			per_page: PAGE
		};
		const found = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.understood)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.array)(Issue), await api.request(_shared_js__WEBPACK_IMPORTED_MODULE_0__.ROUTES.listIssues, {
			...repository,
			...query
		}));
		const known = seen.size;
		for (const issue of found) {
			seen.add(issue.number);
			if (isOurs(issue, author, id)) ours.set(issue.number, issue);
		}
		if (found.length < PAGE || seen.size === known) break;
	}
	const rank = ({ state: itsState }) => itsState === "open" ? 0 : 1;
	return [...ours.values()].sort((one, other) => rank(one) - rank(other) || one.number - other.number);
}
function isOurs({ user, body, pull_request }, author, id) {
	return pull_request === void 0 && user?.login === author && body.startsWith(marker(id));
}
function marker(id) {
	return `<!-- terraform-s3-state issue ${encodeURIComponent(id).replaceAll("-", "%2D")} -->`;
}
function printBody({ id, run, render }) {
	const head = `${marker(id)}\n${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runMark)(run)}\n\n`;
	return `${head}${render(LONGEST_BODY - head.length)}`;
}
function withoutMarks(body) {
	return body.replaceAll("\r\n", "\n").replace(/^.*\n.*\n/, "").trimEnd();
}
// lib/messages/locks-page.js
const MOST_TEXT = 120;
const MOST_REMNANTS$1 = 50;
function renderLocks(page, room) {
	const { rows, remnants, moreLocks } = page;
	const total = rows.length + moreLocks;
	const head = `### \ud83d\udd12 Terraform locks: ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countLocks)(total)}`;
	const intro = `In ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(page.where)}.${describeCounts(rows)}`;
	const all = renderRemnants(page, remnants, MOST_REMNANTS$1);
	const rest = all.join("\n").length > room / 2 ? renderRemnants(page, remnants, 0) : all;
	return [
		head,
		"",
		intro,
		"",
		...renderTable(page, room - ([
			head,
			"",
			intro,
			"",
			...rest
		].join("\n").length + FREE_BY_HAND.length + 200)),
		...rest
	].join("\n");
}
function describeCounts(rows) {
	const counts = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStatuses)(_shared_js__WEBPACK_IMPORTED_MODULE_0__.HOLDER_STATUSES, rows).flatMap(([kind, count]) => count === 0 ? [] : [`${_shared_js__WEBPACK_IMPORTED_MODULE_0__.STATUS_NAMES[kind]}: ${count}`]);
	return counts.length === 0 ? "" : ` ${counts.join(", ")}.`;
}
const COLUMNS = [
	"State",
	"Verdict",
	"Why",
	"Holder"
];
const FREE_BY_HAND = "If nobody works under a lock, free it with `terraform force-unlock` and its ID, or with the action `unlock/` and `lock_id`.";
function renderTable(page, room) {
	if (page.rows.length === 0) return [];
	const sorted = _shared_js__WEBPACK_IMPORTED_MODULE_0__.HOLDER_STATUSES.flatMap((kind) => page.rows.filter(({ status }) => status.kind === kind));
	const shown = [];
	let left = room - (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlColumns)(COLUMNS, []).length;
	for (const row of sorted) {
		const cells = renderRow(row, page);
		left -= cells.reduce((sum, cell) => sum + cell.length + 9, 10);
		if (left < 0) break;
		shown.push(cells);
	}
	const hidden = page.rows.length - shown.length + page.moreLocks;
	const more = hidden > 0 ? [`And ${hidden} more.`, ""] : [];
	return [
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlColumns)(COLUMNS, shown),
		"",
		...more,
		FREE_BY_HAND,
		""
	];
}
function renderRow(row, { pages, now }) {
	const { found, status, end } = row;
	const [{ holder }] = found.stores;
	const heartbeat = found.stores.find((lock) => lock.heartbeat !== void 0)?.heartbeat;
	const why = end === void 0 ? (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeHolderStatus)(status) : `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeHolderStatus)(status)}; it ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeFreeEnd)(end)}`;
	const id = holder.id === void 0 ? "" : `<br>ID ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(holder.id, MOST_TEXT))}`;
	return [
		`${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(found.address.objectKey, 240))}<br>${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameLockStores)(row)}${describeHeartbeat(heartbeat)}`,
		end?.kind === "freed" ? "\ud83d\udd13 freed" : _shared_js__WEBPACK_IMPORTED_MODULE_0__.STATUS_NAMES[status.kind],
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(why, 360)),
		`${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renderHolder)(holder, pages, now)}${id}`
	];
}
function describeHeartbeat(heartbeat) {
	if (heartbeat === void 0) return "";
	const { beats, intervalMs } = heartbeat;
	return `, ${beats} ${beats === 1 ? "beat" : "beats"}, every ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatDuration)(intervalMs)}`;
}
function renderRemnants(page, { lonelyDigests, rescueCopies, expiredPlans }, most) {
	const { now, unreadPlans } = page;
	const unread = unreadPlans === 0 ? "" : ` Records that were not read: ${unreadPlans}, the newest.`;
	return [
		...renderList("Digests without an object", "Terraform waits for an object that does not exist. If the state was deleted on purpose, delete the item. Otherwise restore the object.", lonelyDigests.map((key) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(key, 240))), most),
		...renderList("Rescue copies that nobody recovered", "Each is a state that a job could not push. Compare it with the state, push what is right, and delete the copy.", rescueCopies.map(({ copy }) => `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(copy.key, 240))}${ago(copy.modifiedAt, now)}`), most),
		...renderList("Expired plans", `They can no longer be applied. Delete them.${unread}`, expiredPlans.map(({ objectKey, planId, expiredAt }) => `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(`${objectKey}.plans/${planId}`, 240))}${ago(expiredAt, now)}`), most)
	];
}
function ago(time, now) {
	return time === void 0 ? "" : `, ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatAgo)(now - time)}`;
}
function renderList(title, fix, items, most) {
	if (items.length === 0) return [];
	const hidden = items.length - most;
	const shown = items.slice(0, most).map((item) => `<li>${item}</li>`);
	const more = hidden > 0 ? [`<li>and ${hidden} more</li>`] : [];
	return [
		`#### ${title}: ${items.length}`,
		"",
		fix,
		"",
		"<ul>",
		...shown,
		...more,
		"</ul>",
		""
	];
}
// lib/steps/locks/publish-issue.js
var NoIssue = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "NoIssue";
	constructor(message, cause) {
		super("issue_not_published", message, cause);
	}
};
async function publishIssue(deps, { apiUrl, token = "" }, page) {
	const { repository, runId, runAttempt } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env);
	const { clock, signal, random } = deps;
	const left = withoutFreed(page);
	const wanted = {
		id: `locks ${page.where}`,
		title: `Terraform locks in ${page.where}`.slice(0, 250),
		render: (room) => renderLocks(left, room),
		isOpen: needsSomebody(left),
		run: {
			runId,
			runAttempt
		}
	};
	try {
		return await keepIssue(await deps.connectGitHub({
			apiUrl,
			token,
			signal,
			clock,
			random
		}), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toRepository)(repository), wanted, {
			clock,
			signal
		});
	} catch (error) {
		if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.GitHubError)) throw error;
		throw new NoIssue((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explainNoIssue)(repository, error), error);
	}
}
function withoutFreed(page) {
	const rows = page.rows.filter(({ end }) => end === void 0 || end.kind === "stays" || end.kind === "failed");
	return {
		...page,
		rows
	};
}
function needsSomebody({ rows, moreLocks, remnants }) {
	const { lonelyDigests, rescueCopies, expiredPlans } = remnants;
	return lonelyDigests.length + rescueCopies.length + expiredPlans.length > 0 || moreLocks > 0 || rows.some(({ status }) => status.kind !== "alive");
}
// lib/steps/locks/report-locks.js
const MOST_LOCKS$1 = 25e4;
const MOST_REMNANTS = 6e4;
const MOST_SUMMARY = 5e5;
const KEPT = 500;
function describeEnd({ range, page, issue, failure }) {
	const { rows, moreLocks, remnants } = page;
	const locks = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.takeFitting)(rows.map((row) => describeLock(row, page)), MOST_LOCKS$1);
	const left = {
		digests: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.takeFitting)(remnants.lonelyDigests.map(_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain), MOST_REMNANTS),
		rescue_copies: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.takeFitting)(remnants.rescueCopies.map(describeCopy), MOST_REMNANTS),
		expired_plans: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.takeFitting)(remnants.expiredPlans.map(describePlan), MOST_REMNANTS)
	};
	const dead = rows.filter(({ status }) => status.kind === "dead").length;
	const freed = rows.filter(({ end }) => end?.kind === "freed").length;
	const problem = findProblem(rows, failure);
	const url = issue.kind === "none" ? void 0 : issue.url;
	return {
		code: problem === void 0 ? successCode(rows.length + moreLocks, freed) : problemCode(problem),
		details: {
			bucket: range.bucket,
			key_prefix: range.prefix,
			table: range.table ?? null,
			counts: Object.fromEntries((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.countStatuses)(_shared_js__WEBPACK_IMPORTED_MODULE_0__.HOLDER_STATUSES, rows)),
			freed,
			not_looked_at: moreLocks,
			omitted: rows.length - locks.length,
			remnants: {
				digests: remnants.lonelyDigests.length,
				rescue_copies: remnants.rescueCopies.length,
				expired_plans: remnants.expiredPlans.length
			},
			issue: url === void 0 ? null : {
				url,
				deed: issue.kind
			}
		},
		outputs: {
			locks: JSON.stringify(locks),
			remnants: JSON.stringify(left),
			lock_count: String(rows.length + moreLocks),
			dead_count: String(dead),
			freed_count: String(freed),
			issue_url: url ?? ""
		},
		summary: () => renderLocks(page, MOST_SUMMARY),
		problem
	};
}
function describeLocksFailure(error) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeFailure)(error);
}
function describeLock(row, { pages, now }) {
	const { found, status, end } = row;
	const [{ holder }] = found.stores;
	const { info } = holder;
	const heartbeat = found.stores.find((lock) => lock.heartbeat !== void 0)?.heartbeat;
	const text = (value) => value === void 0 ? null : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(value, KEPT);
	return {
		key: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(found.address.objectKey),
		places: found.stores.map(({ store }) => store),
		id: text(holder.id),
		who: text(info?.who),
		operation: text(info?.operation),
		created: text(info?.created),
		run_url: text((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findRunPage)(holder, pages)),
		age_seconds: info === void 0 ? null : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toWholeSeconds)(now - Date.parse(info.created)),
		heartbeat: heartbeat === void 0 ? null : {
			beats: heartbeat.beats,
			interval_seconds: heartbeat.intervalMs / 1e3
		},
		verdict: status.kind,
		why: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeHolderStatus)(status),
		freed: describeFreed(end)
	};
}
function describeFreed(end) {
	if (end === void 0 || end.kind === "failed") return null;
	return end.kind === "freed";
}
function describeCopy({ objectKey, copy }) {
	return {
		state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(objectKey),
		key: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(copy.key),
		size: copy.size ?? null,
		stored: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toIsoTime)(copy.modifiedAt)
	};
}
function describePlan({ objectKey, planId, expiredAt }) {
	return {
		state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(objectKey),
		plan_id: planId,
		expired: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toIsoTime)(expiredAt)
	};
}
function findProblem(rows, failure) {
	const failed = rows.flatMap(({ end }) => end?.kind === "failed" ? [end.error] : []);
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.joinErrors)([...failed, ...failure === void 0 ? [] : [failure]]);
}
function successCode(found, freed) {
	if (freed > 0) return "released";
	return found === 0 ? "no_lock" : "listed";
}
function problemCode(problem) {
	const [first] = problem instanceof AggregateError ? problem.errors : [problem];
	return first instanceof NoIssue ? first.code : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toReasonCode)(first);
}
// lib/steps/locks/locks.js
const MOST_LOCKS = 2e3;
const MOST_RECORDS = 100;
const MOST_LINES = 200;
function locks$1(deps) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runAction)(deps, LOCKS);
}
const LOCKS = {
	secretInputs: ["github_token"],
	readInputs: (deps, job) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readActionInputs)(deps, job, readLocksInputs),
	work: async (deps, inputs, job) => {
		return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withBackend)(deps, inputs.backend, async (backend) => {
			await backend.aws.signIn();
			return await lookAndFree(deps, backend, inputs, job);
		});
	},
	describeEnd,
	describeFailure: describeLocksFailure
};
async function lookAndFree(deps, backend, inputs, job) {
	const page = await look(deps, backend, inputs, job);
	const range = {
		bucket: backend.address.bucket,
		prefix: inputs.prefix,
		table: backend.table
	};
	const { issue, failure } = await publish(deps, inputs, page);
	return {
		range,
		page,
		issue,
		failure
	};
}
async function look(deps, backend, { prefix, free, proof }, job) {
	const { runner, clock } = deps;
	const begin = clock.monotonic();
	const { surveyLocks } = await __webpack_require__.e(/* import() */ 193).then(__webpack_require__.bind(__webpack_require__, 193));
	const survey = await surveyLocks(backend, {
		prefix,
		mostLocks: MOST_LOCKS
	});
	const { expired, unread } = await findExpiredPlans(backend, survey.planRecords, MOST_RECORDS);
	const assessed = await assessLocks({
		lookUpRun: deps.lookUpRun,
		signal: deps.signal,
		clock,
		runner,
		storeNow: () => backend.aws.storeNow(),
		readAgain: (found) => readAgain(backend, found)
	}, proof, survey.locks);
	const rows = free === "stale" ? await freeDeadLocks(deps, backend, assessed) : assessed.map((one) => ({
		...one,
		end: void 0
	}));
	const where = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nameRange)({
		bucket: backend.address.bucket,
		prefix,
		table: backend.table
	});
	const pages = { githubServer: job.serverUrl };
	for (const row of rows.slice(0, MOST_LINES)) runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lockLine)(row, pages, clock.now()));
	if (survey.moreLocks > 0) runner.warning((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.moreLocksText)(survey.locks.length, survey.moreLocks));
	const tookMs = clock.monotonic() - begin;
	runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lookedLine)(where, {
		locks: rows.length,
		objects: survey.objects,
		tookMs
	}));
	const { lonelyDigests, rescueCopies } = survey;
	return {
		where,
		rows,
		moreLocks: survey.moreLocks,
		remnants: {
			lonelyDigests,
			rescueCopies,
			expiredPlans: expired
		},
		unreadPlans: unread,
		pages,
		now: clock.now()
	};
}
async function readAgain(backend, { address, stores }) {
	return (await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateLock)({
		...backend,
		address
	})?.read() ?? []).find(({ store }) => store === stores[0].store);
}
async function publish(deps, { publish: how, proof }, page) {
	const none = { kind: "none" };
	if (how === "none") return {
		issue: none,
		failure: void 0
	};
	try {
		const issue = await publishIssue(deps, proof.github, page);
		if (issue.kind !== "none") deps.runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.issueLine)(issue.kind, issue.url));
		return {
			issue,
			failure: void 0
		};
	} catch (error) {
		if (!(error instanceof NoIssue)) throw error;
		return {
			issue: none,
			failure: error
		};
	}
}
// lib/locks.js
const locks = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)((deps) => locks$1({
	...deps,
	connectGitHub: _shared_js__WEBPACK_IMPORTED_MODULE_0__.connectGitHub,
	lookUpRun: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.lookUpEachRunOnce)()
}), {
	graceMs: 0,
	totalMs: 18e5,
	tryForMs: _shared_js__WEBPACK_IMPORTED_MODULE_0__.TRY_FOR_MS
});



/***/ })

};
