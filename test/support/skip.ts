/**
 * Tests that need what a kernel may refuse (namespaces, cgroups): they run, or the end of `npm test` says in one line why they
 * did not. What a machine can be given is never skipped: `npm test` installs it, or fails.
 */
import { appendFileSync } from 'fs';

/** `describe`; or, with a reason why these tests cannot run here, `describe.skip`. */
export function describeUnless(reason: string | undefined): jest.Describe {
  if (reason === undefined) return describe;
  note(reason);
  return describe.skip;
}

/** The same for single tests. */
export function testUnless(reason: string | undefined): jest.It {
  if (reason === undefined) return test;
  note(reason);
  return test.skip;
}

function note(reason: string): void {
  const { testPath: file } = expect.getState();
  if (process.env.SKIPPED) appendFileSync(process.env.SKIPPED, `${JSON.stringify({ file, reason })}\n`);
}
