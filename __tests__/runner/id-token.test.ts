import { createServer } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { IdTokenError, requestIdToken } from '../../src/runner/id-token.ts';
import { startTokenService } from '../support/oidc.ts';

const never = new AbortController().signal;

async function service() {
  const started = await startTokenService();
  onTestFinished(() => started.stop());
  return started;
}

/** A proxy that resolves every name to this machine. */
async function proxy() {
  const asked: string[] = [];
  const server = createServer();
  server.on('connect', (request, socket, head) => {
    asked.push(request.url ?? '');
    const onward = connectSocket(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { asked, url: `http://127.0.0.1:${typeof address === 'string' ? '' : address?.port}` };
}

describe("the job's OIDC token", () => {
  it("is requested once, with the audience and the runner's bearer token", async () => {
    const { variables, requests, tokens } = await service();
    expect(await requestIdToken(variables, 'a b&c=d', never)).toBe(tokens[0]);
    const authorization = `Bearer ${variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN}`;
    expect(requests).toEqual([{ audience: 'a b&c=d', authorization, accept: 'application/json' }]);
  });

  it('goes through the proxy of the environment', async () => {
    const { variables, port, tokens } = await service();
    const { asked, url } = await proxy();
    vi.stubEnv('http_proxy', url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const hidden = `http://tokens.example.com:${port}/token?api-version=2.0`;
    const env = { ...variables, ACTIONS_ID_TOKEN_REQUEST_URL: hidden };
    expect(await requestIdToken(env, 'x', never)).toBe(tokens[0]);
    expect(asked).toEqual([`tokens.example.com:${port}`]);
    vi.stubEnv('no_proxy', 'example.com');
    await expect(requestIdToken(env, 'x', never)).rejects.toBeInstanceOf(IdTokenError);
    expect(asked).toHaveLength(1);
  });

  it.each([401, 403, 404, 429, 500, 503])(
    'fails with that status after one request when GitHub refuses it with %d',
    async (status) => {
      const { variables, requests, onRequest } = await service();
      onRequest(() => ({ status }));
      await expect(requestIdToken(variables, 'x', never)).rejects.toMatchObject({ status });
      expect(requests).toHaveLength(1);
    },
  );

  it.each(['', 'eyJsecret', '{"value":""}', '{"value":7}', '"eyJsecret"'])(
    'fails without quoting an answer that has no token (%s)',
    async (body) => {
      const { variables, onRequest } = await service();
      onRequest(() => ({ status: 200, body }));
      const error: unknown = await requestIdToken(variables, 'x', never).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        status: undefined,
        cause: undefined,
        message: "GitHub's answer contains no token",
      });
    },
  );

  it("fails with Node's code on a broken connection", async () => {
    const { variables, onRequest } = await service();
    onRequest(() => undefined);
    const cause = { code: 'ECONNRESET' };
    await expect(requestIdToken(variables, 'x', never)).rejects.toMatchObject({ status: undefined, cause });
  });

  it('stops its request when the signal aborts, with the reason', async () => {
    const { variables, requests, onRequest } = await service();
    const controller = new AbortController();
    const reason = new Error('cancelled');
    onRequest(() => {
      controller.abort(reason);
      return 'hang';
    });
    await expect(requestIdToken(variables, 'x', controller.signal)).rejects.toBe(reason);
    await expect(requestIdToken(variables, 'x', controller.signal)).rejects.toBe(reason);
    expect(requests).toHaveLength(1);
  });

  it('is not requested when the runner offers none', async () => {
    await expect(requestIdToken({}, 'x', never)).rejects.toMatchObject({ status: 403 });
  });
});
