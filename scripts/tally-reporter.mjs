/** What a run of jest counted, for the last lines of `npm test`: a line of JSON in the file that TALLY names. */
import { appendFileSync } from 'node:fs';

export default class TallyReporter {
  onRunComplete(_, results) {
    if (process.env.TALLY === undefined) return;
    const { numPassedTests: passed, numFailedTests: failed, numRuntimeErrorTestSuites: broken } = results;
    const skipped = results.testResults
      .filter(({ numPendingTests }) => numPendingTests > 0)
      .map(({ testFilePath, numPendingTests }) => ({ file: testFilePath, tests: numPendingTests }));
    appendFileSync(process.env.TALLY, `${JSON.stringify({ passed, failed, broken, skipped })}\n`);
  }
}
