/**
 * What `cdk8s synth` runs. cdk8s-cli empties its output directory before the app has said anything, so that one is a scratch
 * directory (`output` in cdk8s.yaml): the app writes `dist/`, all or nothing, and the scratch directory gets a copy for
 * cdk8s-cli to list and to validate. With another `--output` the app writes there.
 */
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { build } from './build.mjs';
import { root } from './project.mjs';

const DIST = join(root, 'dist');
const SCRATCH = join(root, 'build/manifests');

const isScratch = resolve(process.env.CDK8S_OUTDIR ?? DIST) === SCRATCH;
if (isScratch) process.env.CDK8S_OUTDIR = DIST;
build();
createRequire(import.meta.url)(join(root, 'build/apps/main.js'));
if (isScratch) cpSync(DIST, SCRATCH, { recursive: true });
