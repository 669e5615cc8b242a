export const id = 299;
export const ids = [299];
export const modules = {

/***/ 6299:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   decryptKey: () => (/* binding */ decryptKey)
/* harmony export */ });
/* harmony import */ var _shared_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2475);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7598);


// lib/aws/decrypt-key.js
const Decrypted = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({ Plaintext: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)() });
const Refusal = (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.object)({
	__type: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.optional)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)()),
	message: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.optional)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)()),
	Message: (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.optional)((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.string)())
});
async function decryptKey({ transport, keys, region: own }, { keyId, ciphertext, context, endpoint }, abortSignal) {
	const region = /^arn:[^:]*:kms:([^:]+):/.exec(keyId)?.[1] ?? own;
	const url = new URL(endpoint ?? defaultEndpoint(region));
	const body = JSON.stringify({
		KeyId: keyId,
		CiphertextBlob: ciphertext.toString("base64"),
		EncryptionContext: context
	});
	const request = new _shared_js__WEBPACK_IMPORTED_MODULE_0__.HttpRequest({
		method: "POST",
		protocol: url.protocol,
		hostname: url.hostname,
		...url.port === "" ? {} : { port: Number(url.port) },
		path: "/",
		headers: {
			host: url.host,
			"content-type": "application/x-amz-json-1.1",
			"content-length": String(Buffer.byteLength(body)),
			"x-amz-target": "TrentService.Decrypt"
		},
		body
	});
	const signed = await new _shared_js__WEBPACK_IMPORTED_MODULE_0__.SignatureV4({
		service: "kms",
		region,
		credentials: keys,
		sha256: Sha256
	}).sign(request);
	const { response } = await transport.handle(new _shared_js__WEBPACK_IMPORTED_MODULE_0__.HttpRequest(signed), { abortSignal });
	const text = await readText(response);
	if (response.statusCode !== 200) throw toError(response, text);
	return Buffer.from((0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parse)(Decrypted, JSON.parse(text)).Plaintext, "base64");
}
function defaultEndpoint(region) {
	return `https://kms.${region}.${(0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.findPartition)(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}`;
}
async function readText({ body }) {
	const chunks = [];
	for await (const chunk of body) chunks.push(Buffer.from(chunk));
	return Buffer.concat(chunks).toString("utf8");
}
function toError({ statusCode, headers }, text) {
	const { __type: type = "", message, Message } = parseRefusal(text);
	const error = new Error(message ?? Message ?? `KMS answered with status ${statusCode}`);
	error.name = type.split("#").at(-1) || "KmsError";
	const $metadata = {
		httpStatusCode: statusCode,
		requestId: headers["x-amzn-requestid"]
	};
	return Object.assign(error, { $metadata });
}
function parseRefusal(text) {
	try {
		return (0,_shared_js__WEBPACK_IMPORTED_MODULE_0__.parse)(Refusal, JSON.parse(text));
	} catch {
		return {};
	}
}
var Sha256 = class {
	#secret;
	#hash;
	constructor(secret) {
		this.#secret = secret;
		this.#hash = open(secret);
	}
	update(data) {
		this.#hash.update(toBytes(data));
	}
	digest() {
		return Promise.resolve(this.#hash.digest());
	}
	reset() {
		this.#hash = open(this.#secret);
	}
};
function open(secret) {
	return secret === void 0 ? (0,node_crypto__WEBPACK_IMPORTED_MODULE_1__.createHash)("sha256") : (0,node_crypto__WEBPACK_IMPORTED_MODULE_1__.createHmac)("sha256", toBytes(secret));
}
function toBytes(data) {
	if (typeof data === "string") return Buffer.from(data);
	return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}



/***/ })

};
