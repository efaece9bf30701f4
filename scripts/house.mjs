/**
 * The house: which rooms of lib/ stand on which floor, and which folders run without cdk8s. ESLint refuses an import that
 * goes up or sideways, and test/project/house.test.ts holds the map in docs/architecture.md against it.
 */

/** Rooms by floor, the lowest first. A room imports itself and rooms of lower floors. */
export const FLOORS = [
  ['units'],
  ['finding', 'files', 'target'],
  ['inventory'],
  ['sizing'],
  ['pod', 'runtime'],
  ['connection'],
  ['scaling'],
  ['monitoring', 'nginx', 'postgres', 'redis', 'web'],
  ['adopt', 'app', 'change', 'checklist', 'job', 'external', 'query'],
  ['report'],
  ['cli'],
];

/** The one file of a pure folder that knows cdk8s: it turns amounts of props into numbers. */
export const IMPURE = ['units/amounts.ts'];

/** What imports neither cdk8s, cdk8s-plus-27 nor constructs, as globs below lib/. */
export const PURE = [
  'units/*.ts',
  'finding/**/*.ts',
  'target/features.ts',
  'files/**/*.ts',
  'inventory/**/*.ts',
  'pod/*-sizing.ts',
  'app/{depth-first,yaml-printer,yaml-scalars}.ts',
  'connection/{shared-out,pooler-sizing,pool-budget,pool-consumer,database-variable-names}.ts',
  'scaling/{hpa,simulator}/**/*.ts',
  'scaling/{*-sizing,*-intents}.ts',
  'scaling/events/trigger-text-rules.ts',
  'external/{instance-connections,shared-connections,store-names}.ts',
  'job/lock-scripts.ts',
  'monitoring/*-emitter.ts',
  'nginx/{tuning,configuration,reading}/**/*.ts',
  'postgres/{tuning,parameters,reading}/**/*.ts',
  'postgres/{cloud-native-pg,dump,indexes,pooler,roles,stateful-set}/*{-sizing,-emitter,-tuning,parameters,object-store,-conf,-ini}.ts',
  'redis/{tuning,configuration,reading}/**/*.ts',
  'runtime/tuning/**/*.ts',
  'checklist/{rule,catalogue,evaluate}.ts',
  'checklist/rules/**/*.ts',
  'change/**/*.ts',
  'query/**/*.ts',
  'report/**/*.ts',
  'cli/**/*.ts',
];
