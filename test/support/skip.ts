/** Tests that need what a machine may lack: they run, or the end of `npm test` says in one line why they did not. */
import { appendFileSync } from 'fs';

/** `describe`; or, with a reason why these tests cannot run here, `describe.skip`. CI may not skip. */
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
  if (process.env.CI) throw new Error(`CI can run all tests, and may skip none: ${reason}`);
  const { testPath: file } = expect.getState();
  if (process.env.SKIPPED) appendFileSync(process.env.SKIPPED, `${JSON.stringify({ file, reason })}\n`);
}
