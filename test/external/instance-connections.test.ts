/** What providers publish of the connections of their instances, and what was read from servers, against what we solve. */
import {
  AURORA,
  awsConnections,
  AZURE,
  CLOUD_SQL,
  cloudSqlConnections,
  digitalOceanConnections,
  RDS,
} from '../../lib/external/instance-connections';
import { GIB, MIB } from '../../lib/units/quantity';

describe('RDS and Aurora: never more than an instance accepts, and not much less', () => {
  test.each<[string, number, string]>([
    ['db.t2.micro', 87, 'app-sre/aws-resource-exporter pkg/rds.go'],
    ['db.t4g.small', 181, 'SHOW max_connections, kirill-markin/flashcards-open-source-app#1657'],
    ['db.m4.large', 823, 'app-sre/aws-resource-exporter pkg/rds.go'],
    ['db.m5.xlarge', 1646, 'app-sre/aws-resource-exporter pkg/rds.go'],
    ['db.m5.2xlarge', 3429, 'app-sre/aws-resource-exporter pkg/rds.go'],
    ['db.m6g.xlarge', 1705, 'app-sre/aws-resource-exporter pkg/rds.go'],
    ['db.m7g.2xlarge', 3410, 'app-sre/aws-resource-exporter pkg/rds.go'],
    ['db.m6g.4xlarge', 5000, 'app-sre/aws-resource-exporter pkg/rds.go'],
    ['db.r6i.16xlarge', 5000, 'app-sre/aws-resource-exporter pkg/rds.go'],
  ])('%s accepts %i (%s)', (name, accepted) => {
    expect(RDS.rule(name)).toBeUndefined();
    const { maxConnections, reserved, isLowerBound } = RDS.connectionsOf(name);
    expect(maxConnections).toBeLessThanOrEqual(accepted);
    expect(maxConnections).toBeGreaterThan(0.8 * accepted);
    expect({ reserved, isLowerBound }).toEqual({ reserved: 5, isLowerBound: true });
  });

  // The table of Amazon's guide for Aurora.
  test.each([
    ['db.r4.large', 1600],
    ['db.r4.xlarge', 3200],
    ['db.r4.2xlarge', 5000],
    ['db.r4.16xlarge', 5000],
  ])('%s of Aurora accepts %i', (name, accepted) => {
    const { maxConnections } = AURORA.connectionsOf(name);
    expect(maxConnections).toBeLessThanOrEqual(accepted);
    expect(maxConnections).toBeGreaterThan(0.9 * accepted);
  });

  test('more memory never means fewer, and 5000 is the most', () => {
    const solved = Array.from({ length: 200 }, (_, step) => awsConnections(step * GIB).maxConnections);
    expect([...solved].sort((a, b) => a - b)).toEqual(solved);
    expect(solved.at(-1)).toBe(5000);
  });

  test.each([
    ['db.m6g.larg', 'did you mean "db.m6g.large"?'],
    ['m6g.large', 'PostgresInstance.rdsWithMemory(…)'],
    ['db.z9.large', 'or `maxConnections`'],
  ])('%s is refused', (name, message) => {
    expect(RDS.rule(name)).toContain(message);
  });

  test.each(['db.m6g.large', 'db.t3.micro'])('%s is none of Aurora', (name) => {
    expect(RDS.rule(name)).toBeUndefined();
    expect(AURORA.rule(name)).toContain('an instance class of Aurora');
  });
});

// https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-limits: connections, and those of users.
test.each([
  ['B1ms', 50, 35],
  ['B2s', 429, 414],
  ['B2ms', 859, 844],
  ['B4ms', 1718, 1703],
  ['B8ms', 3437, 3422],
  ['B12ms', 5000, 4985],
  ['B20ms', 5000, 4985],
  ['D2s_v3', 859, 844],
  ['D4ds_v4', 1718, 1703],
  ['D8ads_v5', 3437, 3422],
  ['D16ds_v5', 5000, 4985],
  ['D96ds_v5', 5000, 4985],
  ['E2ds_v5', 1718, 1703],
  ['E4s_v3', 3437, 3422],
  ['E8s_v3', 5000, 4985],
  ['E64ads_v5', 5000, 4985],
  ['Standard_D4ds_v5', 1718, 1703],
  ['GP_Standard_D4ds_v5', 1718, 1703],
  ['B_Standard_B1ms', 50, 35],
])('%s of Azure accepts %i, %i of them of users', (product, most, ofUsers) => {
  expect(AZURE.rule(product)).toBeUndefined();
  const { maxConnections, reserved, isLowerBound } = AZURE.connectionsOf(product);
  expect({ maxConnections, ofUsers: maxConnections - reserved, isLowerBound }).toEqual({
    maxConnections: most,
    ofUsers,
    isLowerBound: false,
  });
});

test.each(['D96s_v3', 'E20s_v3', 'B1s', 'D2', 'GP_D4ds_v5x', 'Standard_Standard_D4ds_v5'])(
  '%s is no product of Azure that is known',
  (product) => expect(AZURE.rule(product)).toContain('a product of the flexible server of Azure'),
);

// https://cloud.google.com/sql/docs/postgres/flags; on a step (30 GiB: google/exposure-notifications-server#364) the row below.
test.each([
  ['db-f1-micro', 25, false],
  ['db-g1-small', 50, false],
  ['db-custom-1-3840', 100, true],
  ['db-custom-2-7680', 200, true],
  ['db-custom-2-8192', 400, true],
  ['db-custom-4-16384', 500, true],
  ['db-custom-8-30720', 500, true],
  ['db-custom-8-32768', 600, true],
  ['db-custom-16-65536', 800, true],
  ['db-custom-32-131072', 1000, true],
])('%s of Cloud SQL accepts %i', (tier, maxConnections, isLowerBound) => {
  expect(CLOUD_SQL.rule(tier)).toBeUndefined();
  expect(CLOUD_SQL.connectionsOf(tier)).toEqual({ maxConnections, reserved: 3, isLowerBound });
});

test.each(['db-custom-3-7680', 'db-custom-2-7681', 'db-custom-1-1024', 'db-custom--7680', 'db-f1', ''])(
  '"%s" is no tier of Cloud SQL',
  (tier) => expect(CLOUD_SQL.rule(tier)).toContain('PostgresInstance.cloudSqlWithMemory(…)'),
);

test('a tier accepts what its memory does', () => {
  expect(cloudSqlConnections(8192 * MIB)).toEqual(CLOUD_SQL.connectionsOf('db-custom-2-8192'));
});

// https://docs.digitalocean.com: 22 of the smallest node are free.
test('1 GB of DigitalOcean accepts 25 connections, 3 of them reserved', () => {
  expect(digitalOceanConnections(GIB)).toEqual({ maxConnections: 25, reserved: 3, isLowerBound: false });
});
