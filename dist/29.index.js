export const id = 29;
export const ids = [29];
export const modules = {

/***/ 2029:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   doctor: () => (/* binding */ doctor)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var _look_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9777);


// lib/steps/doctor/decide-identity.js
function decideIdentity(identity, subject) {
	return [
		decideCredentials(identity, subject),
		...subject.hasAccountRule ? [decideAccount(identity, subject)] : [],
		decideCaller(identity, subject)
	];
}
function decideCredentials({ signIn }, { now, ...how }) {
	if (signIn.kind === "failed" && !isWrongAccount(signIn.error)) return (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .failed */ .gz)("credentials", (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .errorLine */ .BP)(signIn.error, now));
	const byWhat = how.hasWebIdentity ? "by_job_token" : "by_keys";
	return (0,_look_js__WEBPACK_IMPORTED_MODULE_1__.ok)("credentials", (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .credentialsText */ .Kl)(how.assumesRole ? byWhat : void 0));
}
function decideAccount({ signIn }, { now }) {
	if (signIn.kind === "answered") return (0,_look_js__WEBPACK_IMPORTED_MODULE_1__.ok)("account", _look_js__WEBPACK_IMPORTED_MODULE_1__/* .ACCOUNT_ALLOWED */ .fe);
	if (signIn.kind === "failed" && isWrongAccount(signIn.error)) return (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .failed */ .gz)("account", (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .errorLine */ .BP)(signIn.error, now));
	return (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .notChecked */ .lb)("account", _look_js__WEBPACK_IMPORTED_MODULE_1__/* .NO_ACCOUNT */ .Qw);
}
function decideCaller({ caller }, { now, assumesRole }) {
	if (caller.kind === "unasked") return (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .notChecked */ .lb)("caller", (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .describeUnasked */ .hm)(caller.reason));
	if (caller.kind === "answered") return (0,_look_js__WEBPACK_IMPORTED_MODULE_1__.ok)("caller", (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .callerText */ .v5)(caller.value));
	const why = (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .errorLine */ .BP)(caller.error, now);
	return assumesRole ? (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .notChecked */ .lb)("caller", why) : (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .failed */ .gz)("caller", why);
}
function isWrongAccount(error) {
	return error instanceof _shared_js__WEBPACK_IMPORTED_MODULE_0__.AwsError && error.kind === "wrong_account";
}
// lib/steps/doctor/doctor-inputs.js
function readDoctorInputs(sources) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readStateInputs)(sources, (reader, { settings, skipCredentialsValidation }) => {
		const use = reader.choice("use", [
			"hold",
			"outputs",
			"unlock"
		]) ?? "hold";
		if (use === "unlock") (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.rejectWithoutLock)(reader, settings, "there is no lock to free");
		return {
			own: {
				use,
				skipCredentialsValidation
			},
			use,
			policy: { inspects: true }
		};
	});
}
// lib/steps/doctor/report-doctor.js
var NotHealthy = class extends _shared_js__WEBPACK_IMPORTED_MODULE_0__.CodedError {
	name = "NotHealthy";
	constructor(message) {
		super("unhealthy", message);
	}
};
function describeEnd({ scope, use, checks }) {
	const healthy = (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .isHealthy */ .Wr)(checks);
	const code = healthy ? "healthy" : "unhealthy";
	const problems = (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .failureText */ .kY)(checks, use, scope);
	return {
		code,
		details: {
			use,
			state: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.stateJson)(scope.address),
			checks: checks.map((check) => {
				const { name, result, found } = check;
				return {
					check: name,
					result,
					found,
					fix: (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .fixLine */ .S$)(check) ?? null
				};
			})
		},
		outputs: { healthy: String(healthy) },
		summary: () => (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .renderSummary */ .Br)(checks, scope),
		problem: problems === void 0 ? void 0 : new NotHealthy(problems)
	};
}
// lib/steps/doctor/doctor.js
function doctor$1(deps) {
	return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runAction)(deps, DOCTOR);
}
const DOCTOR = {
	secretInputs: [],
	readInputs: (deps, job) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readActionInputs)(deps, job, readDoctorInputs),
	work: inspect,
	describeEnd,
	describeFailure: _shared_js__WEBPACK_IMPORTED_MODULE_0__.describeFailure
};
async function inspect(deps, inputs) {
	const checks = await lookAndDecide(deps, inputs);
	for (const line of (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .tableLines */ .oW)(checks)) deps.runner.info(line);
	for (const check of checks) if (check.result === "advice") deps.runner.warning((0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .checkLine */ .tY)(check));
	return {
		scope: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeScope)(inputs.backend, deps.env),
		use: inputs.use,
		checks
	};
}
async function lookAndDecide(deps, inputs) {
	return await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.withBackend)(deps, inputs.backend, async (backend) => {
		const identity = await (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .lookAtIdentity */ .hO)(backend, inputs.skipCredentialsValidation);
		if (identity.signIn.kind !== "failed") return await lookOver(deps, backend, inputs, identity);
		deps.signal.throwIfAborted();
		deps.runner.info((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.explain)(identity.signIn.error, deps.clock.now()));
		const made = decideIdentity(identity, describeSubject(deps, inputs, identity));
		return (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .withoutLook */ .wp)(made);
	});
}
async function lookOver(deps, backend, inputs, identity) {
	const [setup, state] = await Promise.all([(0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .lookAtSetup */ .Km)(backend), (0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .lookAtState */ .WI)(backend, inputs.use, () => readSerial(deps, backend))]);
	deps.signal.throwIfAborted();
	const subject = describeSubject(deps, inputs, identity, backend.aws.principal());
	return [
		...decideIdentity(identity, subject),
		...(0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .decideSetup */ .WX)(setup, state, subject),
		...(0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .decideState */ .M)(state, subject),
		...(0,_look_js__WEBPACK_IMPORTED_MODULE_1__/* .decidePermissions */ .d7)(setup, state, subject)
	];
}
function describeSubject({ env, clock }, { backend: settings, use }, { caller }, principal) {
	const { aws, objects } = settings;
	const known = caller.kind === "answered" ? caller.value.arn : principal;
	return {
		scope: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.describeScope)(settings, env),
		use,
		objects,
		caller: known ?? "these credentials",
		hasWebIdentity: aws.credentials.webIdentity?.token.from === "github",
		hasAccountRule: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.hasAccountRule)(aws.accounts),
		assumesRole: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.assumesRole)(aws.credentials),
		runUrl: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readJob)(env).runUrl,
		now: clock.now()
	};
}
async function readSerial({ clock, signal }, backend) {
	const read = await (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.readOutputs)(backend, {
		clock: hasty(clock),
		signal,
		onNotice: () => {}
	});
	return read && { serial: String(read.header.serial) };
}
function hasty(clock) {
	let skippedMs = 0;
	return {
		monotonic: () => clock.monotonic() + skippedMs,
		sleep: async (milliseconds, signal) => {
			await clock.sleep(milliseconds, signal);
			skippedMs += 6e4;
		}
	};
}
// lib/doctor.js
const doctor = () => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.runStep)(doctor$1, {
	graceMs: 0,
	totalMs: 3e5,
	tryForMs: 1e4
});



/***/ })

};
