import { Duration, Size } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import {
  ApplicationSettings,
  ConnectionPool,
  Exposure,
  HealthCheck,
  PodDensity,
  type ScalableWebAppProps,
  ScalingPolicy,
  TunedPostgres,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { newChart } from '../support/synth';
import { synth } from './web-app';

describe('what is refused, with path, prop, value and what is allowed', () => {
  test.each<[string, Partial<ScalableWebAppProps>, RegExp]>([
    [
      'a quantity that is not one',
      {
        profile: WorkloadProfile.fromQuantities({
          cpuRequest: '1OOm',
          memoryRequest: '1Gi',
          memoryLimit: '1Gi',
        }),
      },
      /shop\/web: profile\.cpuRequest is "1OOm"; allowed: a CPU quantity/,
    ],
    [
      'a memory of 512m',
      {
        profile: WorkloadProfile.fromQuantities({
          cpuRequest: '1',
          memoryRequest: '512m',
          memoryLimit: '1Gi',
        }),
      },
      /profile\.memoryRequest is "512m"; allowed: a memory quantity/,
    ],
    [
      'a request above its limit',
      {
        profile: WorkloadProfile.fromQuantities({
          cpuRequest: '1',
          memoryRequest: '2Gi',
          memoryLimit: '1Gi',
        }),
      },
      /profile\.memoryRequest is "2Gi"; it is above memoryLimit \(1Gi\)/,
    ],
    [
      'min above max',
      { scaling: ScalingPolicy.cpu({ min: 5, max: 3 }) },
      /scaling\.min is 5; it is above max \(3\); lower min or raise max/,
    ],
    [
      'an autoscaler that cannot move',
      { scaling: ScalingPolicy.cpu({ min: 3, max: 3 }) },
      /scaling\.max is 3; it equals min/,
    ],
    [
      'a target that is never reached',
      {
        profile: WorkloadProfile.WEB_API.withMemory(Size.gibibytes(1)),
        scaling: ScalingPolicy.cpuAndMemory({ memoryPercent: 95 }),
      },
      /scaling\.memoryPercent is 95; the memory limit caps usage .* use at most 90/,
    ],
    [
      'a port out of range',
      { port: 70000 },
      /shop\/web: port is 70000; allowed: a whole number from 1024 to 65535/,
    ],
    ['a privileged port', { port: 80 }, /port is 80; allowed: a whole number from 1024/],
    ['NaN', { servicePort: NaN }, /servicePort is NaN; allowed/],
    ['a name Kubernetes refuses', { name: 'Shop_Web' }, /name is "Shop_Web"; allowed: a DNS label/],
    ['a newline', { instanceTypes: ['c5\nx'] }, /instanceTypes\[0\] is "c5\\nx"; allowed/],
    ['an image without a tag', { image: 'shop' }, /image is "shop"; allowed: an image reference with a tag/],
    [
      'probes that ask the same',
      { liveness: HealthCheck.http('/health/ready', { failureThreshold: 2 }) },
      /liveness is "the same question as readiness, after 20 s"; .* twice the 15 s of readiness/,
    ],
    [
      'a time-out above the period',
      { readiness: HealthCheck.http('/r', { timeout: Duration.seconds(9) }) },
      /readiness\.timeout is "9 s"; allowed: from 1 second to the period of 5 s/,
    ],
    [
      'a startup check that gives up before the start is over',
      {
        startupTime: Duration.seconds(120),
        startup: HealthCheck.http('/up', { period: Duration.seconds(5), failureThreshold: 10 }),
      },
      /startup is "a check that gives up after 50 s"; startupTime is 120 s/,
    ],
    [
      'density beside profile',
      { density: PodDensity.LOW, profile: WorkloadProfile.WEB_API },
      /profile is a WorkloadProfile; density sets it/,
    ],
    [
      'a host that is none',
      { exposure: Exposure.ingress({ hosts: ['shop.example.com; }'] }) },
      /exposure\.hosts\[0\] is "shop.example.com; }"; allowed/,
    ],
    [
      'scratch above the limit',
      { scratchSize: Size.gibibytes(5) },
      /scratchSize is "5Gi"|scratchSize is .*; allowed: from 1Mi to .* \(1Gi\)/,
    ],
  ])('%s', (_, props, message) => {
    expect(() => synth(props)).toThrow(message);
  });

  test('everything at once', () => {
    expect(() => synth({ port: 0, name: 'X', scaling: ScalingPolicy.cpu({ min: 0 }) })).toThrow(
      /name is "X".*\n.*port is 0.*\n.*scaling\.min is 0/,
    );
  });

  test('a variable with two owners', () => {
    const env = { CACHE_TTL: EnvValue.fromValue('1') };
    expect(() => synth({ env })).not.toThrow();
    expect(() => synth({ env, settings: ApplicationSettings.guide() })).toThrow(
      /CACHE_TTL is "set by env"; settings sets it too/,
    );
  });

  test('an unlimited pool', () => {
    const db = new TunedPostgres(newChart(), 'db', { storage: Size.gibibytes(10) });
    expect(() => db.connection({ pool: ConnectionPool.fixed({ size: 5, maxOverflow: -1 }) })).toThrow(
      /shop\/db: connection\.pool\.maxOverflow is -1; allowed: at least 0; an unlimited pool/,
    );
  });
});
