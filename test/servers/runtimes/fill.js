/**
 * A set of objects of which one after the other is replaced, Buffers beside it, and four threads of libuv at work; at last a heap
 * without an end, if there is a fourth argument.
 *
 * Arguments: MiB of the set, milliseconds, MiB of Buffers, "end".
 */
const { pbkdf2 } = require('crypto');
const { getHeapStatistics } = require('v8');

const [mebibytes, milliseconds, buffers, end] = process.argv.slice(2);
console.log(`heap ${Math.floor(getHeapStatistics().heap_size_limit / 2 ** 20)}`);
for (let thread = 0; thread < 4; thread += 1) pbkdf2('password', 'salt', 1000, 64, 'sha512', () => undefined);

const kept = [];
for (let taken = 0; taken < buffers; taken += 1) kept.push(Buffer.alloc(2 ** 20, 1));

/** Some 128 bytes. */
const object = (index) => ({ index, name: index, values: [index, index + 1, index + 2], other: { index } });
const set = Array.from({ length: mebibytes * 8192 }, (_, index) => object(index));
const until = Date.now() + Number(milliseconds);
let done = 0;
for (let random = 1; Date.now() < until; done += 1000)
  for (let step = 0; step < 1000; step += 1) {
    random = (random * 1103515245 + 12345) % 2147483648;
    // Nine of ten are of one request, and die young.
    const fresh = object(random);
    if (step % 10 === 0) set[random % set.length] = fresh;
  }
console.log(`ops ${done}`);
while (end) kept.push(object(kept.length));
