import { describe, expect, it } from 'vitest';
import { isExempt } from '../../src/aws/no-proxy.ts';

const at = (host: string, port = 443) => ({ host, port });

describe('no_proxy', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.8.9.1', '::1', '[::1]'])(
    'is not needed for %s, which is the local machine',
    (host) => expect(isExempt(at(host), undefined)).toBe(true),
  );

  it.each([
    ['*', 'a.example.com'],
    ['example.com', 'example.com'],
    ['example.com', 'a.b.example.com'],
    [' Example.COM , x', 'EXAMPLE.com'],
    ['.example.com', 'a.example.com'],
    ['*.example.com', 'a.example.com'],
    ['example.com:443', 'example.com'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3:443', '10.1.2.3'],
    ['10.0.0.0/8', '10.1.2.3'],
    ['fd00::/8', '[fd00::1]'],
    ['[fd00::1]:443', '[fd00::1]'],
    ['fd00:0::1', '[fd00::1]'],
    ['x,,y,.amazonaws.com', 'b.s3.eu-west-1.amazonaws.com'],
  ])('%s keeps %s from the proxy', (rules, host) => expect(isExempt(at(host), rules)).toBe(true));

  it.each([
    [undefined, 'example.com'],
    ['', 'example.com'],
    ['.example.com', 'example.com'],
    ['*.example.com', 'example.com'],
    ['example.com', 'notexample.com'],
    ['example.com:80', 'example.com'],
    ['10.1.2.3:80', '10.1.2.3'],
    ['10.0.0.0/8', '11.0.0.1'],
    ['10.0.0.0/99', '10.0.0.1'],
    ['10.0.0.0/8', 'ten.example.com'],
    ['2.3', '10.1.2.3'],
    [':443', 'example.com'],
    ['ex*mple.com', 'example.com'],
  ])('%s does not keep %s from it', (rules, host) => expect(isExempt(at(host), rules)).toBe(false));
});
