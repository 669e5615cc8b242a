export const id = 908;
export const ids = [908];
export const modules = {

/***/ 8908:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   check: () => (/* binding */ check)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);

// lib/messages/check-text.js
function freshLine(scope, serial) {
	const url = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope);
	return serial === void 0 ? `There is still no state at ${url}.` : `The state ${url}, serial ${serial}, has not changed since the plan was made.`;
}
function explainMisfit(scope, misfit) {
	if (misfit.reason !== "fingerprint_mismatch") return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explainPlan)(scope, misfit, "");
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explainMovedState)(scope, misfit, {
		since: "the plan was made",
		fix: _shared_js__WEBPACK_IMPORTED_MODULE_0__.PLAN_AGAIN,
		given: "planned on"
	});
}
function renderCheck(scope, misfits, current) {
	const title = misfits.length === 0 ? "\u2705 The plan fits the state" : "\u274c The plan does not fit the state";
	const rows = [["State", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope))]];
	for (const misfit of misfits) rows.push(["Why", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(misfit)]);
	if (misfits.length > 0) rows.push(["Last write", current === void 0 ? "none: there is no state now" : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.renderWrite)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toLastWrite)(current), scope)]);
	return [
		`### ${title}`,
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlTable)(rows),
		""
	].join("\n");
}
const LISTED = 200;
function renderPullRequests(scope, rows) {
	const stale = rows.filter(({ isFresh }) => !isFresh);
	const shown = [...stale, ...rows.filter(({ isFresh }) => isFresh)].slice(0, LISTED).map(({ number, url, isFresh, description }) => [(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.link)(`#${number}`, url), `${isFresh ? "\u2705" : "\u274c"} ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)(description)}`]);
	const more = rows.length > LISTED ? [`and ${rows.length - LISTED} more`] : [];
	const title = rows.length === 0 ? NO_PLANS : `${rows.length - stale.length} of ${rows.length} plans of open pull requests fit the state`;
	return [
		`### ${stale.length === 0 ? "\u2705" : "\u274c"} ${title}`,
		"",
		(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.htmlTable)([["State", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.code)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateUrl)(scope))], ...shown]),
		...more,
		""
	].join("\n");
}
function pullRequestLine({ number, description }, isSet) {
	return `Pull request #${number}: ${description}${isSet ? "" : " (its status already says so)"}.`;
}
const NO_PLANS = "No open pull request has a plan for the state";
const NO_PLANS_LINE = `${NO_PLANS}.`;
function olderPlansText(looked, all) {
	return `Checked only the newest ${looked} of the ${all} plans beside the state. Add a lifecycle rule to the bucket that expires old plans.`;
}
function explainNotSet(context, isForbidden, why) {
	return `The commit statuses ${context} could not be set on pull requests.${isForbidden ? " github_token needs pull-requests: read and statuses: write. The token of a run for a fork never has them." : ""} ${why}`;
}
// lib/steps/check/check-inputs.js
const LONGEST_NAME = 100;
const ONE_OF = "give one of plan (a plan_id) and fingerprint, both outputs of the plan job";
const LOST = "An empty one was lost: its job did not set it, or GitHub dropped it because it contains masked text";
function readCheckInputs(sources) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStateInputs)(sources, (reader, { settings }) => {
		const subject = (reader.choice("mode", ["plan", "pull-requests"]) ?? "plan") === "plan" ? readPlanSubject(reader) : readPullRequests(reader, sources.job, settings.address.objectKey);
		const use = subject?.kind === "fingerprint" ? "outputs" : "check";
		return {
			own: subject && { subject },
			use
		};
	});
}
function readPlanSubject(reader) {
	const fingerprint = reader.text("fingerprint");
	const reference = reader.text("plan");
	const name = reader.text("status_name");
	if (name !== void 0) reader.reject("status_name", name, "only mode: pull-requests sets a status");
	if (fingerprint !== void 0 && reference !== void 0) reader.reject("plan", reference, ONE_OF);
	if (fingerprint === void 0 && reference === void 0) reader.reject("fingerprint", void 0, `${ONE_OF}. ${LOST}`);
	if (fingerprint !== void 0 && !(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isFingerprint)(fingerprint)) reader.reject("fingerprint", fingerprint, "pass the fingerprint output of the plan job unchanged");
	if (reference !== void 0 && !(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isPlanReference)(reference)) reader.reject("plan", reference, _shared_js__WEBPACK_IMPORTED_MODULE_0__.NOT_A_PLAN);
	if (reference !== void 0) return {
		kind: "plan",
		reference
	};
	return fingerprint === void 0 ? void 0 : {
		kind: "fingerprint",
		fingerprint
	};
}
function readPullRequests(reader, { repository }, objectKey) {
	for (const input of ["fingerprint", "plan"]) {
		const value = reader.text(input);
		const fix = "mode: pull-requests finds the plans of all open pull requests itself: remove one of the two";
		if (value !== void 0) reader.reject(input, value, fix);
	}
	const token = reader.text("github_token");
	if (token === void 0) reader.reject("github_token", void 0, "mode: pull-requests needs a token with pull-requests: read and statuses: write");
	if (!repository.includes("/")) reader.reject("mode", "pull-requests", "it works only in a job of GitHub Actions");
	const given = reader.text("status_name");
	const name = given ?? objectKey;
	if (name.length > LONGEST_NAME || /[\r\n]/.test(name)) reader.reject("status_name", given, `name the status in at most ${LONGEST_NAME} characters, on one line`);
	const apiUrl = reader.environment("GITHUB_API_URL") ?? "https://api.github.com";
	return {
		kind: "pull_requests",
		context: `terraform-s3-state/${name}`,
		apiUrl,
		token: token ?? ""
	};
}
// lib/github/commit-statuses.js
const PAGE = 100;
const MOST_PAGES = 100;
const QUERY = `query($owner: String!, $repo: String!, $context: String!, $after: String) {
  repository(owner: $owner, name: $repo) {
    pullRequests(states: OPEN, first: ${PAGE}, after: $after, orderBy: {field: CREATED_AT, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number
        headRefOid
        commits(last: 1) { nodes { commit { oid status { context(name: $context) { state description targetUrl } } } } }
      }
    }
  }
}`;
const Context = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(),
	description: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullish)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(), ""),
	targetUrl: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullish)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(), "")
});
const Commit = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	oid: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(),
	status: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullish)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ context: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullish)(Context) }))
});
const Node = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	number: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.number)(),
	headRefOid: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(),
	commits: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ nodes: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.array)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ commit: Commit })) })
});
const Answer = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ repository: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ pullRequests: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	pageInfo: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
		hasNextPage: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.boolean)(),
		endCursor: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullable)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)())
	}),
	nodes: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.array)(Node)
}) }) });
const Pulls = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.array)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	number: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.number)(),
	head: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ sha: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)() })
}));
const Combined = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ statuses: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.array)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	context: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(),
	state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(),
	description: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullish)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(), ""),
	target_url: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.nullish)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(), "")
})) });
async function openHeads(api, repository, context) {
	try {
		return await headsByGraphql(api, repository, context);
	} catch (error) {
		if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.GitHubError) || error.kind === "unavailable") throw error;
		return await headsByPages(api, repository, context);
	}
}
async function setStatus(api, repository, { sha, context }, { state, description, targetUrl }) {
	const target = targetUrl === "" ? void 0 : targetUrl;
	const parameters = {
		...repository,
		sha,
		context,
		state,
		description,
		target_url: target
	};
	await api.request(_shared_js__WEBPACK_IMPORTED_MODULE_0__.ROUTES.createStatus, parameters);
}
async function headsByGraphql(api, { owner, repo }, context) {
	const heads = [];
	let after = null;
	for (let page = 0; page < MOST_PAGES; page += 1) {
		const data = await api.graphql(QUERY, {
			owner,
			repo,
			context,
			after
		});
		const { pageInfo, nodes } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.understood)(Answer, data).repository.pullRequests;
		heads.push(...nodes.map(toHead));
		if (!pageInfo.hasNextPage) break;
		after = pageInfo.endCursor;
	}
	return heads;
}
function toHead({ number, headRefOid, commits }) {
	const given = (commits.nodes.find((node) => node.commit.oid === headRefOid)?.commit)?.status?.context;
	const status = given ? {
		...given,
		state: given.state.toLowerCase()
	} : void 0;
	return {
		number,
		sha: headRefOid,
		isStatusListed: true,
		status: async () => status
	};
}
async function headsByPages(api, repository, context) {
	const heads = /* @__PURE__ */ new Map();
	for (let page = 1; page <= MOST_PAGES; page += 1) {
		const parameters = {
			...repository,
			state: "open",
			sort: "created",
			direction: "asc",
			page,
			per_page: PAGE
		};
		const found = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.understood)(Pulls, await api.request(_shared_js__WEBPACK_IMPORTED_MODULE_0__.ROUTES.listPullRequests, parameters));
		const known = heads.size;
		for (const { number, head } of found) {
			const { sha } = head;
			const status = () => toStatus(api, repository, sha, context);
			heads.set(number, {
				number,
				sha,
				isStatusListed: false,
				status
			});
		}
		if (found.length < PAGE || heads.size === known) break;
	}
	return [...heads.values()];
}
async function toStatus(api, repository, sha, context) {
	const parameters = {
		...repository,
		sha,
		per_page: PAGE
	};
	const { statuses } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.understood)(Combined, await api.request(_shared_js__WEBPACK_IMPORTED_MODULE_0__.ROUTES.getCombinedStatus, parameters));
	const given = statuses.find((status) => status.context === context);
	return given && {
		state: given.state,
		description: given.description,
		targetUrl: given.target_url
	};
}
// lib/messages/pull-request-page.js
function pullRequestPage(serverUrl, repository, number) {
	return serverUrl === "" ? void 0 : `${serverUrl}/${repository}/pull/${number}`;
}
// lib/messages/plan-status-text.js
const LONGEST_ACTOR = 40;
function fitsStatus(serial) {
	return serial === void 0 ? "The plan fits: there is no state yet" : `The plan fits the state, serial ${serial}`;
}
function misfitStatus(misfit, mover) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(statusText(misfit, mover), 137);
}
function statusText(misfit, mover) {
	switch (misfit.reason) {
		case "fingerprint_mismatch":
		case "plan_stale": return movedText(mover);
		case "plan_expired": return `The plan expired at ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatTime)(misfit.expiredAt)}: plan again`;
		case "plan_tampered": return "The record of the plan can't be used: plan again";
		case "plan_not_found": return "There is no such plan: plan again";
		case "plan_of_other_state": return "The plan is for another state";
		case "plan_of_fork": return "The plan was made in a run for a fork's pull request";
	}
}
function movedText(mover) {
	if (mover === void 0 || mover.serial === null) return "The state is gone: plan again";
	const when = mover.time === null ? "" : ` at ${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.formatTime)(mover.time.getTime())}`;
	return `${mover.actor === null ? "The state changed" : `${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.excerpt)(mover.actor, LONGEST_ACTOR)} changed the state`} to serial ${mover.serial}${when}: plan again`;
}
// lib/steps/check/compare-state.js
function misfitCode({ reason }) {
	return reason === "fingerprint_mismatch" ? "plan_stale" : reason;
}
function compareState(expected, state) {
	const actual = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.fingerprint)(state?.object, state?.valid.header);
	const mismatch = {
		reason: "fingerprint_mismatch",
		expected,
		actual,
		current: state?.object
	};
	return {
		misfits: actual === expected ? [] : [mismatch],
		fingerprint: actual,
		state
	};
}
function compareWithRecord(planId, found, { address, now }, state) {
	const actual = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.fingerprint)(state?.object, state?.valid.header);
	if (found.kind === "missing") return {
		misfits: [{
			reason: "plan_not_found",
			planId,
			record: void 0
		}],
		fingerprint: actual,
		state
	};
	if (found.kind === "unreadable") return {
		misfits: [{
			reason: "plan_tampered",
			planId,
			found: {
				kind: "record",
				detail: found.detail
			}
		}],
		fingerprint: actual,
		state
	};
	const { record, storedAt } = found;
	return {
		misfits: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.decidePlanUse)(record, {
			address,
			fingerprint: actual,
			commit: "",
			tree: void 0,
			allowsOtherCommit: true,
			ttlMs: Number.POSITIVE_INFINITY,
			now,
			storedAt
		}).map((reason) => {
			if (reason === "plan_stale") return {
				reason,
				planId,
				record,
				fingerprint: actual,
				current: state?.object
			};
			if (reason === "plan_expired") return {
				reason,
				planId,
				record,
				expiredAt: record.expiresAt,
				isDeleted: false
			};
			return reason === "plan_of_other_commit" ? void 0 : {
				reason,
				planId,
				record
			};
		}).filter((misfit) => misfit !== void 0),
		fingerprint: actual,
		state
	};
}
function findMover({ misfits, state }) {
	if (misfits.every((misfit) => misfitCode(misfit) !== "plan_stale")) return void 0;
	const provenance = state?.object.provenance;
	return {
		runUrl: provenance?.run ?? null,
		actor: provenance?.actor ?? null,
		time: state?.object.lastModified ?? null,
		serial: state?.valid.header.serial ?? null
	};
}
// lib/steps/check/decide-statuses.js
function decideStatuses(heads, plans, context, state) {
	const newest = newestByHead(plans, context.repository);
	return heads.flatMap(({ number, sha }) => {
		const plan = newest.get(sha);
		return plan === void 0 ? [] : [decideStatus({
			number,
			sha
		}, plan, context, state)];
	});
}
function isAsGiven(wanted, given) {
	return given !== void 0 && given.state === wanted.state && given.description === wanted.description && given.targetUrl === wanted.targetUrl;
}
function newestByHead(plans, repository) {
	const newest = /* @__PURE__ */ new Map();
	for (const plan of plans) {
		const { origin } = plan.record;
		const sha = origin.headCommit ?? origin.commit;
		if (origin.isOfFork || origin.repository !== repository || sha === "") continue;
		const other = newest.get(sha);
		if (other === void 0 || other.storedAt < plan.storedAt) newest.set(sha, plan);
	}
	return newest;
}
function decideStatus({ number, sha }, { planId, record, storedAt }, { address, serverUrl, now }, state) {
	const freshness = compareWithRecord(planId, {
		kind: "found",
		record,
		storedAt
	}, {
		address,
		now
	}, state);
	const [misfit] = freshness.misfits;
	const mover = findMover(freshness);
	const page = mover?.runUrl ?? record.origin.run;
	return {
		number,
		sha,
		planId,
		misfit,
		status: {
			state: misfit === void 0 ? "success" : "failure",
			description: misfit === void 0 ? fitsStatus(state?.valid.header.serial) : misfitStatus(misfit, mover),
			targetUrl: page.startsWith(`${serverUrl}/`) ? page : ""
		}
	};
}
// lib/steps/check/check-pull-requests.js
var NotSet = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "NotSet";
	constructor(message, cause) {
		super("statuses_not_set", message, cause);
	}
};
const MOST_RECORDS = 1e3;
const MOST_READ = 50;
const AT_ONCE = 20;
async function checkPullRequests(deps, backend, subject, readState) {
	const { repository, serverUrl } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env);
	const where = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toRepository)(repository);
	const { context, apiUrl, token } = subject;
	const { clock, signal, random } = deps;
	try {
		const api = await deps.connectGitHub({
			apiUrl,
			token,
			signal,
			clock,
			random
		});
		const heads = await openHeads(api, where, context);
		const state = await readState();
		const checked = decideStatuses(heads, await readPlans(deps, backend, heads, repository), {
			address: backend.address,
			repository,
			serverUrl,
			now: clock.now()
		}, state);
		for (const one of checked) {
			const head = heads.find(({ number }) => number === one.number);
			const given = head?.isStatusListed === true || checked.length <= MOST_READ ? await head?.status() : void 0;
			const isSet = !isAsGiven(one.status, given);
			if (isSet) await setStatus(api, where, {
				sha: one.sha,
				context
			}, one.status);
			deps.runner.info(pullRequestLine(toRow(one, pullRequestPage(serverUrl, repository, one.number)), isSet));
		}
		if (checked.length === 0) deps.runner.info(NO_PLANS_LINE);
		return {
			checked,
			state
		};
	} catch (error) {
		if (!(error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.GitHubError)) throw error;
		throw new NotSet(explainNotSet(context, error.kind === "forbidden" || error.kind === "not_found", `${error.message}.`), error);
	}
}
function toRow({ number, misfit, status }, url) {
	return {
		number,
		url,
		isFresh: misfit === void 0,
		description: status.description
	};
}
async function readPlans(deps, backend, heads, repository) {
	if (heads.length === 0) return [];
	const listed = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.listPlans)(backend);
	const plans = [];
	for (let from = 0; from < Math.min(listed.length, MOST_RECORDS); from += AT_ONCE) {
		const newest = newestByHead(plans, repository);
		if (heads.every(({ sha }) => newest.has(sha))) return plans;
		const some = listed.slice(from, Math.min(from + AT_ONCE, MOST_RECORDS));
		const found = await Promise.all(some.map((plan) => readPlan(backend, plan)));
		plans.push(...found.filter((plan) => plan !== void 0));
	}
	if (listed.length > MOST_RECORDS) deps.runner.notice(olderPlansText(MOST_RECORDS, listed.length));
	return plans;
}
async function readPlan(backend, { planId, storedAt }) {
	const found = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readPlanRecord)(backend, planId);
	return found.kind === "found" ? {
		planId,
		record: found.record,
		storedAt
	} : void 0;
}
// lib/steps/check/report-check.js
var NotFresh = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "NotFresh";
};
function describeEnd(end) {
	const { scope, freshness } = end;
	const mover = moverJson(freshness);
	const state = {
		state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(scope.address),
		fingerprint: freshness.fingerprint
	};
	if (end.kind === "pull_requests") return describePullRequests(end, state, mover);
	const { misfits, state: now } = freshness;
	const fresh = misfits.length === 0;
	const [first] = misfits;
	const code = first === void 0 ? "fresh" : misfitCode(first);
	const current = now?.object;
	const explanations = misfits.map((misfit) => explainMisfit(scope, misfit));
	return {
		code,
		details: {
			...state,
			fresh,
			moved_by: mover,
			reasons: misfits.map(misfitCode)
		},
		outputs: {
			fresh: String(fresh),
			moved_by: JSON.stringify(mover)
		},
		summary: () => {
			const words = misfits.map((misfit) => misfitStatus(misfit, findMover(freshness)));
			return renderCheck(scope, words, current);
		},
		problem: first && new NotFresh(misfitCode(first), explanations.join("\n\n"))
	};
}
function describeCheckFailure(error) {
	const cause = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.firstCause)(error);
	const failure = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeStateFailure)(error);
	return cause instanceof NotSet ? {
		code: cause.code,
		details: failure.details
	} : failure;
}
function describePullRequests({ scope, repository, checked }, state, mover) {
	const code = "checked";
	const fresh = checked.every(({ misfit }) => misfit === void 0);
	const pullRequests = checked.map(({ number, sha, planId, misfit }) => ({
		number,
		sha,
		plan_id: planId,
		fresh: misfit === void 0,
		reason_code: misfit === void 0 ? "fresh" : misfitCode(misfit)
	}));
	const page = (number) => pullRequestPage(scope.githubServer, repository, number);
	return {
		code,
		details: {
			...state,
			fresh,
			moved_by: mover,
			pull_requests: pullRequests
		},
		outputs: {
			fresh: String(fresh),
			moved_by: JSON.stringify(mover),
			pull_requests: JSON.stringify(pullRequests)
		},
		summary: () => renderPullRequests(scope, checked.map((one) => toRow(one, page(one.number)))),
		problem: void 0
	};
}
function moverJson(freshness) {
	const mover = findMover(freshness);
	if (mover === void 0) return null;
	return {
		run_url: mover.runUrl === null ? null : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(mover.runUrl),
		actor: mover.actor === null ? null : (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.plain)(mover.actor),
		time: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.toIsoTime)(mover.time?.getTime()),
		serial: mover.serial === null ? null : String(mover.serial)
	};
}
// lib/steps/check/check.js
function check$1(deps) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runAction)(deps, CHECK);
}
const CHECK = {
	secretInputs: ["github_token"],
	readInputs: (deps, job) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readActionInputs)(deps, job, readCheckInputs),
	work: lookAndCompare,
	describeEnd,
	describeFailure: describeCheckFailure
};
async function lookAndCompare(deps, inputs) {
	const { subject } = inputs;
	const scope = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeScope)(inputs.backend, deps.env);
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withBackend)(deps, inputs.backend, async (backend) => {
		if (subject.kind === "pull_requests") return await checkAll(deps, backend, subject);
		const freshness = await checkOne(deps, backend, subject);
		if (freshness.misfits.length === 0) deps.runner.info(freshLine(scope, freshness.state?.valid.header.serial));
		return {
			kind: "plan",
			scope,
			freshness
		};
	});
}
async function checkOne(deps, backend, subject) {
	if (subject.kind === "fingerprint") return compareState(subject.fingerprint, await readState(deps, backend));
	const [state, asked] = await Promise.allSettled([readState(deps, backend), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readAskedPlan)(backend, subject.reference)]);
	if (state.status === "rejected") throw state.reason;
	if (asked.status === "rejected") throw asked.reason;
	const decided = {
		address: backend.address,
		now: deps.clock.now()
	};
	const { planId, found } = asked.value;
	return compareWithRecord(planId, found, decided, state.value);
}
async function checkAll(deps, backend, subject) {
	const { checked, state } = await checkPullRequests(deps, backend, subject, () => readState(deps, backend));
	const misfits = checked.flatMap(({ misfit }) => misfit ?? []);
	const actual = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.fingerprint)(state?.object, state?.valid.header);
	const { repository } = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(deps.env);
	return {
		kind: "pull_requests",
		scope: backend,
		repository,
		checked,
		freshness: {
			misfits,
			fingerprint: actual,
			state
		}
	};
}
async function readState(deps, backend) {
	const { clock, signal } = deps;
	const { state } = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStoredState)(backend, {
		clock,
		signal,
		onNotice: (notice) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.reportPullNotice)(deps, backend, notice)
	});
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.requireUsable)(backend, state);
}
// lib/check.js
const check = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)((deps) => check$1({
	...deps,
	connectGitHub: _shared_js__WEBPACK_IMPORTED_MODULE_0__.connectGitHub
}), {
	graceMs: 0,
	totalMs: 9e5,
	tryForMs: _shared_js__WEBPACK_IMPORTED_MODULE_0__.TRY_FOR_MS
});



/***/ })

};
