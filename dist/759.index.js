export const id = 759;
export const ids = [759];
export const modules = {

/***/ 7759:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   createEncryptedOutputsReader: () => (/* binding */ createEncryptedOutputsReader)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7598);
/* harmony import */ var node_util__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7975);



// lib/statefile/envelope-reader.js
const IN_STATE = 1;
const LARGEST_META = 262144;
const TEXTS = /* @__PURE__ */ new Set([
	"encryption_version",
	"serial",
	"lineage"
]);
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
function createEnvelopeReader() {
	let name = "";
	let tree;
	let metaSize = 0;
	let meta;
	const texts = /* @__PURE__ */ new Map();
	let hasData = false;
	let pieces = [];
	let rest = "";
	const isData = (depth) => depth === IN_STATE && name === "encrypted_data";
	let isInData = false;
	const scanner = new _shared_js__WEBPACK_IMPORTED_MODULE_0__.JsonScanner((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.gatherTexts)({
		wantsText: (role, depth) => depth === IN_STATE && (role === "key" || TEXTS.has(name)),
		text(role, text) {
			if (role === "key") name = text;
			else texts.set(name, text);
		},
		begin(role, depth) {
			isInData = role === "string" && isData(depth);
			hasData ||= isInData;
			tree?.sink.begin(role, depth);
		},
		bytes(buffer, from, to) {
			if (isInData) {
				const text = rest + buffer.toString("latin1", from, to);
				const whole = text.length - text.length % 4;
				pieces.push(Buffer.from(text.slice(0, whole), "base64"));
				rest = text.slice(whole);
				return;
			}
			metaSize += to - from;
			if (metaSize <= LARGEST_META) tree?.sink.bytes(buffer, from, to);
		},
		end(role, depth) {
			isInData = false;
			tree?.sink.end(role, depth);
		},
		open(kind, depth) {
			if (depth === IN_STATE && name === "meta") {
				tree = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createTreeBuilder)();
				metaSize = 0;
			}
			tree?.sink.open(kind, depth);
		},
		close(kind, depth) {
			tree?.sink.close(kind, depth);
			if (tree === void 0 || depth !== IN_STATE) return;
			meta = hasData || metaSize > LARGEST_META ? void 0 : readMeta(tree.value());
			tree = void 0;
		}
	}));
	return {
		write: (chunk) => scanner.write(chunk),
		hasData: () => hasData,
		meta: () => meta,
		take() {
			const taken = Buffer.concat(pieces);
			pieces = [];
			return taken;
		},
		version: () => texts.get("encryption_version"),
		fits: (serial, lineage) => (texts.get("serial") ?? String(serial)) === String(serial) && (texts.get("lineage") || lineage) === lineage
	};
}
function readMeta(value) {
	if (!(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.isJsonObject)(value)) return void 0;
	const meta = /* @__PURE__ */ new Map();
	for (const [key, text] of value) {
		if (typeof text !== "string" || !BASE64.test(text)) return void 0;
		meta.set(key, Buffer.from(text, "base64"));
	}
	return meta;
}
// lib/statefile/gcm-reader.js
const NONCE = 12;
const TAG = 16;
const ALGORITHMS = {
	16: "aes-128-gcm",
	24: "aes-192-gcm",
	32: "aes-256-gcm"
};
function isKeyLength(length) {
	return ALGORITHMS[length] !== void 0;
}
function createGcmReader({ key, aad }, onPlain) {
	const algorithm = ALGORITHMS[key.length];
	let decipher;
	let held = Buffer.alloc(0);
	const begin = () => {
		if (algorithm === void 0 || decipher !== void 0 || held.length < NONCE) return;
		decipher = (0,node_crypto__WEBPACK_IMPORTED_MODULE_1__.createDecipheriv)(algorithm, key, held.subarray(0, NONCE), { authTagLength: TAG });
		if (aad !== void 0) decipher.setAAD(aad);
		held = held.subarray(NONCE);
	};
	return {
		write(bytes) {
			held = Buffer.concat([held, bytes]);
			begin();
			if (decipher === void 0 || held.length <= TAG) return;
			onPlain(decipher.update(held.subarray(0, held.length - TAG)));
			held = held.subarray(held.length - TAG);
		},
		end() {
			if (decipher === void 0 || held.length !== TAG) return false;
			try {
				decipher.setAuthTag(held);
				decipher.final();
				return true;
			} catch {
				return false;
			}
		}
	};
}
// lib/backend/state/key-providers.js
const ITERATIONS = {
	least: 2e5,
	most: 5e6
};
const LONGEST_SALT = 1024;
const Base64 = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pipe)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.regex)(/^[A-Za-z0-9+/]+={0,2}$/));
const DerivationSchema = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	salt: Base64,
	iterations: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pipe)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.number)(), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.integer)(), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.minValue)(1)),
	hash_function: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(),
	key_length: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pipe)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.number)(), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.integer)())
});
const WrappedSchema = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	ciphertext_blob: Base64,
	encryption_context: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.optional)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.record)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)(), (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)()))
});
const UNSUPPORTED = [
	["external", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ external_data: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.unknown)() })],
	["azure_vault", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
		ciphertext: Base64,
		authentication_tag: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.unknown)(),
		algo: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)()
	})],
	["openbao", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
		ciphertext: Base64,
		associated_data: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)()
	})],
	["openbao", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ ciphertext: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.pipe)(Base64, (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.startsWith)(toBase64("vault:"))) })],
	["gcp_kms", (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ ciphertext: Base64 })]
];
function identifyKeyProvider(name, bytes) {
	const data = parseJson(bytes);
	const derivation = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.safeParse)(DerivationSchema, data);
	if (derivation.success) {
		const { output } = derivation;
		return {
			type: "pbkdf2",
			name,
			derivation: output,
			problem: findProblem(output)
		};
	}
	const wrapped = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.safeParse)(WrappedSchema, data);
	if (wrapped.success) return {
		type: "aws_kms",
		name,
		wrapped: wrapped.output
	};
	return {
		type: "unsupported",
		name,
		other: UNSUPPORTED.find(([, schema]) => (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.is)(schema, data))?.[0]
	};
}
function parseJson(bytes) {
	try {
		return JSON.parse(bytes.toString("utf8"));
	} catch {
		return;
	}
}
function toBase64(text) {
	return Buffer.from(text).toString("base64");
}
function findProblem({ salt, iterations, hash_function, key_length }) {
	const { least, most } = ITERATIONS;
	if (iterations < least || iterations > most) return `its ${iterations} iterations are not between ${least} and ${most}`;
	if (hash_function !== "sha256" && hash_function !== "sha512") return "its hash function is neither sha256 nor sha512";
	if (!isKeyLength(key_length)) return `a key of ${key_length} bytes is not an AES key`;
	return salt.length > LONGEST_SALT ? "its salt is too long" : void 0;
}
// lib/backend/state/state-keys.js
const derive = (0,node_util__WEBPACK_IMPORTED_MODULE_2__.promisify)(node_crypto__WEBPACK_IMPORTED_MODULE_1__.pbkdf2);
const MOST_PROVIDERS = 4;
const MOST_PASSPHRASES = 4;
const MOST_KEYS = 16;
const LONGEST_NAME = 80;
const ENCRYPTED = "it is encrypted by OpenTofu";
async function makeStateKeys(meta, decryption, decryptKey) {
	if (meta === void 0) return none("encrypted", `${ENCRYPTED}, but the data of its key providers does not precede the ciphertext`);
	const providers = [...meta].slice(0, MOST_PROVIDERS).map(([name, data]) => identifyKeyProvider(name, data));
	return findObstacle(providers) ?? findMissing(providers, decryption) ?? {
		kind: "keys",
		keys: await makeKeys(providers, decryption, decryptKey)
	};
}
function findObstacle(providers) {
	if (providers.length === 0) return none("unsupported_encryption", `${ENCRYPTED} without a key provider, as only the method external does`);
	for (const provider of providers) {
		if (provider.type === "unsupported") {
			const what = provider.other === void 0 ? "a key provider of unknown type" : `the key provider ${provider.other}`;
			return none("unsupported_encryption", `${ENCRYPTED} with ${what} (${nameShortly(provider)})`);
		}
		if (provider.type === "pbkdf2" && provider.problem !== void 0) return none("encrypted", `${ENCRYPTED} with pbkdf2, but ${provider.problem}`);
	}
}
function findMissing(providers, { passphrases, kmsKeys }) {
	const provider = providers.find(({ type }) => type === "aws_kms") ?? providers[0];
	if (provider === void 0) return void 0;
	const isKms = provider.type === "aws_kms";
	if ((isKms ? kmsKeys : passphrases).length > 0) return void 0;
	const missing = `whose ${isKms ? "key" : "passphrase"} is not given`;
	return none("encrypted", `${ENCRYPTED} with the key provider ${provider.type} (${nameShortly(provider)}), ${missing}`);
}
function nameShortly({ name }) {
	return name.slice(0, LONGEST_NAME);
}
async function makeKeys(providers, decryption, decryptKey) {
	const made = [];
	for (const provider of providers) for (const key of await makeOwnKeys(provider, decryption, decryptKey)) made.push({
		key,
		chain: [provider]
	});
	for (const upstream of made) for (const provider of providers) {
		if (made.length >= MOST_KEYS) return made.map(({ key }) => key);
		const next = await chain(upstream, provider);
		if (next !== void 0) made.push(next);
	}
	return made.map(({ key }) => key);
}
async function makeOwnKeys(provider, { passphrases, kmsKeys }, decryptKey) {
	if (provider.type === "aws_kms") return await unwrap(provider.wrapped, kmsKeys, decryptKey);
	if (provider.type !== "pbkdf2") return [];
	const { derivation } = provider;
	const tried = passphrases.slice(0, MOST_PASSPHRASES);
	return await Promise.all(tried.map((passphrase) => deriveKey(derivation, passphrase)));
}
async function chain(upstream, provider) {
	if (provider.type !== "pbkdf2" || upstream.chain.includes(provider)) return void 0;
	return {
		key: await deriveKey(provider.derivation, upstream.key),
		chain: [...upstream.chain, provider]
	};
}
async function deriveKey({ salt, iterations, hash_function, key_length }, passphrase) {
	return await derive(passphrase, Buffer.from(salt, "base64"), iterations, key_length, hash_function);
}
async function unwrap({ ciphertext_blob, encryption_context: context }, kmsKeys, decryptKey) {
	const ciphertext = Buffer.from(ciphertext_blob, "base64");
	const keys = [];
	let refusal;
	for (const kms of kmsKeys) try {
		keys.push(await decryptKey({
			...kms,
			ciphertext,
			context
		}));
	} catch (error) {
		refusal ??= error;
	}
	if (keys.length === 0 && refusal !== void 0) throw refusal;
	return keys;
}
function none(problem, detail) {
	return {
		kind: "none",
		problem,
		detail
	};
}
// lib/backend/state/encrypted-outputs.js
const VERSION = "v0";
const WRONG_KEY = "OpenTofu encrypted it with another passphrase, key or aad, or with the method external, or it was changed since";
const OTHER_HEADER = "the serial or the lineage beside the ciphertext differs from the one inside";
function createEncryptedOutputsReader(decryption, lookups, decryptKey) {
	const envelope = createEnvelopeReader();
	let attempts;
	let failure;
	return {
		async write(chunk) {
			envelope.write(chunk);
			if (!envelope.hasData()) return;
			const bytes = envelope.take();
			if (attempts === void 0) {
				const made = await makeStateKeys(envelope.meta(), decryption, decryptKey);
				if (made.kind === "none") failure = made;
				attempts = made.kind === "none" ? [] : pair(made.keys, decryption.aads).map((one) => createAttempt(one, lookups));
			}
			for (const attempt of attempts) attempt.gcm.write(bytes);
		},
		end() {
			if (attempts === void 0) return void 0;
			if (failure !== void 0) return {
				...failure,
				kind: "invalid"
			};
			if (envelope.version() !== VERSION) return invalid(`it is encrypted by OpenTofu in a format other than ${VERSION}`);
			const opened = attempts.find(({ gcm }) => gcm.end());
			if (opened === void 0) return invalid(WRONG_KEY);
			const check = opened.outputs.end();
			if (check.kind === "invalid") return check;
			const { serial, lineage } = check.state.header;
			return envelope.fits(serial, lineage) ? check : invalid(OTHER_HEADER);
		}
	};
}
function pair(keys, aads) {
	return keys.flatMap((key) => [void 0, ...aads].map((aad) => ({
		key,
		aad
	})));
}
function createAttempt(key, lookups) {
	const outputs = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.createOutputsReader)(lookups);
	return {
		outputs,
		gcm: createGcmReader(key, (bytes) => void outputs.write(bytes))
	};
}
function invalid(detail) {
	return {
		kind: "invalid",
		problem: "encrypted",
		detail
	};
}



/***/ })

};
