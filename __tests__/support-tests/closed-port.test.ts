import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { CLOSED_PORT } from '../support/closed-port.ts';

it('the closed port refuses connections', async () => {
  const socket = connect(CLOSED_PORT, '127.0.0.1');
  const [error] = await once(socket, 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});
