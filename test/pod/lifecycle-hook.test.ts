/** Hooks: what is emitted beside the wait of a web app, the time that the pod gets for them, and what is refused. */
import { Duration } from 'cdk8s';
import {
  BackgroundWorker,
  LifecycleHook,
  Mesh,
  type ScalableWebAppProps,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { execFileSync } from 'child_process';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';
import { synth, templateOf } from './web-app';

const SMALL = WorkloadProfile.fromQuantities({
  cpuRequest: '10m',
  memoryRequest: '32Mi',
  memoryLimit: '64Mi',
});
const LEAVE = LifecycleHook.command(['/app/deregister', '--wait']);

describe('a command before the program stops', () => {
  test('runs after the wait, in a shell that is the image’s, and the pod gets its time', () => {
    const { spec } = templateOf({ preStop: LEAVE });
    expect(spec.containers[0].lifecycle).toEqual({
      preStop: {
        exec: {
          command: ['sh', '-c', 'sleep 10 && exec "$@"', 'preStop', '/app/deregister', '--wait'],
        },
      },
    });
    expect(spec.terminationGracePeriodSeconds).toBe(10 + 10 + 30 + 5);
  });

  test('that shell hands on every word as it is', () => {
    const words = ['%s|', 'a b', '$HOME', "it's", '"', ''];
    const { spec } = templateOf({
      preStop: LifecycleHook.command(['printf', ...words.slice(0, -1)]),
      preStopDelay: Duration.seconds(1),
    });
    const [program, ...args] = spec.containers[0].lifecycle.preStop.exec.command;
    expect(execFileSync(program, args, { encoding: 'utf8' })).toBe('a b|$HOME|it\'s|"|');
  });

  test('runs at once without a wait, and in a worker', () => {
    const { spec } = templateOf({ preStop: LEAVE, preStopDelay: Duration.seconds(0) });
    expect(spec.containers[0].lifecycle.preStop.exec.command).toEqual(['/app/deregister', '--wait']);
    const chart = newChart();
    new BackgroundWorker(chart, 'mail', {
      image: IMAGE,
      preStop: LEAVE,
      preStopTime: Duration.minutes(2),
      drainTime: Duration.minutes(3),
    });
    const worker = find(manifests(chart), 'Deployment').spec.template.spec;
    expect(worker.containers[0].lifecycle.preStop.exec.command).toEqual(['/app/deregister', '--wait']);
    expect(worker.terminationGracePeriodSeconds).toBe(120 + 180 + 5);
  });

  test('a mesh keeps its proxy for that time too', () => {
    const { metadata } = templateOf({
      preStop: LEAVE,
      preStopTime: Duration.seconds(25),
      mesh: Mesh.linkerd({ nativeSidecar: false }),
    });
    expect(metadata.annotations['config.alpha.linkerd.io/proxy-wait-before-exit-seconds']).toBe(
      `${10 + 25 + 30}`,
    );
  });

  test('the checklist finds nothing in it', () => {
    const objects = synth({ preStop: LEAVE, postStart: LifecycleHook.http('/warm', { port: 8080 }) });
    const before = evaluate(Inventory.of(synth({}))).findings.map(({ rule }) => rule);
    expect(evaluate(Inventory.of(objects)).findings.map(({ rule }) => rule)).toEqual(before);
  });
});

test('a hook after the start, over HTTP', () => {
  const { spec } = templateOf({
    postStart: LifecycleHook.http('/warm?pages=10', { port: 8443, https: true }),
  });
  expect(spec.containers[0].lifecycle).toEqual({
    postStart: { httpGet: { path: '/warm?pages=10', port: 8443, scheme: 'HTTPS' } },
    preStop: { sleep: { seconds: 10 } },
  });
  expect(spec.terminationGracePeriodSeconds).toBe(45);
});

test('a request before the program stops, where nothing waits', () => {
  const { spec } = templateOf({
    preStop: LifecycleHook.http('/drain', { port: 8080 }),
    preStopDelay: Duration.seconds(0),
  });
  expect(spec.containers[0].lifecycle).toEqual({ preStop: { httpGet: { path: '/drain', port: 8080 } } });
});

test('hooks of sidecars, whose time the pod gets one after the other', () => {
  const sidecar = (name: string, seconds?: number) => ({
    name,
    image: IMAGE,
    profile: SMALL,
    preStop: LifecycleHook.command(['/flush']),
    preStopTime: seconds === undefined ? undefined : Duration.seconds(seconds),
  });
  const { spec } = templateOf({
    sidecars: [sidecar('logs'), { ...sidecar('traces', 40), postStart: LifecycleHook.command(['/open']) }],
  });
  expect(spec.initContainers.map(({ lifecycle }: Manifest) => lifecycle)).toEqual([
    { preStop: { exec: { command: ['/flush'] } } },
    { postStart: { exec: { command: ['/open'] } }, preStop: { exec: { command: ['/flush'] } } },
  ]);
  expect(spec.terminationGracePeriodSeconds).toBe(45 + 10 + 40);
});

describe('refused', () => {
  const refusal = (props: Partial<ScalableWebAppProps>) => () => synth(props);
  test('a variable that the kubelet would leave as it is', () => {
    expect(refusal({ postStart: LifecycleHook.command(['/app/announce', '--ip=$(POD_IP)']) })).toThrow(
      'postStart.argv[1] is "--ip=$(POD_IP)"; the kubelet expands no variables in a hook; let a shell do it',
    );
    const script = LifecycleHook.command(['sh', '-c', 'kill -TERM $(pidof shop)']);
    expect(refusal({ postStart: script })).not.toThrow();
  });

  test('a request where the pod waits', () => {
    expect(refusal({ preStop: LifecycleHook.http('/drain', { port: 8080 }) })).toThrow(
      'preStop is "a request"; a container has one hook, and a request cannot wait; set preStopDelay to 0',
    );
  });

  test('a wait in an image that has no shell', () => {
    expect(refusal({ image: 'gcr.io/distroless/static:nonroot', preStop: LEAVE })).toThrow(
      'it has no shell, which must wait before `preStop`: set preStopDelay to 0',
    );
    const preStopDelay = Duration.seconds(0);
    expect(
      refusal({ image: 'gcr.io/distroless/static:nonroot', preStop: LEAVE, preStopDelay }),
    ).not.toThrow();
  });

  test('what is no hook, no command, no port, and time for nothing', () => {
    expect(refusal({ preStop: ['/app/deregister'] as unknown as LifecycleHook })).toThrow(
      "allowed: an object such as LifecycleHook.command(['/app/deregister'])",
    );
    expect(refusal({ preStop: LifecycleHook.command([]) })).toThrow('preStop.argv');
    expect(refusal({ postStart: LifecycleHook.http('warm', { port: 0 }) })).toThrow(
      /postStart\.path.*postStart\.port/s,
    );
    expect(refusal({ preStopTime: Duration.seconds(5) })).toThrow(
      'there is no `preStop` that takes it; give one, or remove this',
    );
    expect(refusal({ preStop: LEAVE, preStopTime: Duration.days(2) })).toThrow('preStopTime');
  });

  test('the same in sidecars', () => {
    const bad = {
      name: 'logs',
      image: IMAGE,
      profile: SMALL,
      preStop: LifecycleHook.command([]),
      preStopTime: Duration.seconds(0),
    };
    expect(refusal({ sidecars: [bad] })).toThrow(/sidecars\[0\]\.preStop\.argv.*sidecars\[0\]\.preStopTime/s);
  });
});
