/** `npm start`: installs what is missing, builds, synthesizes `apps/` into `dist/`, and prints what is there. */
import { join } from 'node:path';
import { build } from './build.mjs';
import { root } from './project.mjs';
import { synth } from './synth.mjs';

build();
if (!synth()) process.exit(1);
const { printSummary } = await import('./summary.mjs');
printSummary(join(root, 'dist'));
