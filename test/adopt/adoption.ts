/** Workloads that somebody else made, for the tests of adoption. */
import { ApiObject, type Chart } from 'cdk8s';
import { AdoptedWorkload, type AdoptionOptions } from 'cdk8s-tuned';
import { Construct } from 'constructs';
import { readFileSync } from 'fs';
import { join } from 'path';
import { parseAllDocuments } from 'yaml';
import { newChart } from '../support/synth';

export type Shape = 'one-service' | 'many-services' | 'rollout' | 'database';

export const fileOf = (shape: Shape) => join(__dirname, 'manifests', `${shape}.yaml`);

/** The objects of a file, as an Include has them, without the process that an Include starts. */
export function included(shape: Shape, chart: Chart = newChart()): Construct {
  const theirs = new Construct(chart, 'theirs');
  parseAllDocuments(readFileSync(fileOf(shape), 'utf8')).forEach((document, index) => {
    new ApiObject(theirs, `${index}`, document.toJS());
  });
  return theirs;
}

export function objectOf(theirs: Construct, kind: string, name?: string): ApiObject {
  const found = theirs.node
    .findAll()
    .find((one) => ApiObject.isApiObject(one) && one.kind === kind && (name ?? one.name) === one.name);
  return found as ApiObject;
}

export function adopt(shape: Shape, options: AdoptionOptions = {}) {
  const chart = newChart();
  const theirs = included(shape, chart);
  return { chart, theirs, adopted: new AdoptedWorkload(chart, 'adopted', { workload: theirs, ...options }) };
}
