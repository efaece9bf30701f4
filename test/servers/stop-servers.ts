/** A test that failed has not stopped its own servers, and they would keep the run from ending. */
import { stopServers } from './harness';

afterAll(stopServers);
