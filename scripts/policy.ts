/**
 * Prints the IAM policies of the roles that this action needs, from the code that narrows its sessions.
 * Usage: npm run policy -- --help
 */
import { argv } from 'node:process';
import { printPolicy } from './policy/print-policy.ts';

try {
  console.log(printPolicy(argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error('npm run policy -- --help shows how to use it.');
  process.exitCode = 1;
}
