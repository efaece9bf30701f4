/** Starts the S3 server. Arguments: where its packages are, port, directory of the objects, bucket. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [packages, port, directory, bucket] = process.argv.slice(2);
const S3rver = createRequire(join(packages, 'package.json'))('@20minutes/s3rver');

await new S3rver({
  port: Number(port),
  address: '127.0.0.1',
  directory,
  silent: true,
  configureBuckets: [{ name: bucket }],
}).run();
console.log('ready');
