import { Chart, Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  CacheVariables,
  Checklist,
  ExternalService,
  HealthCheck,
  NetworkPeer,
  PodVolume,
  Runtime,
  ScalableWebApp,
  ScalingIntent,
  ScalingPolicy,
  Traffic,
  VerticalScaling,
  WorkloadProfile,
} from 'cdk8s-tuned';
import type { Construct } from 'constructs';
import type { Environment } from '../environments';
import type { DataStack } from './data-stack';

/** The shop's own programs: the web API, the worker that sends mail, and the renderer of product pictures. */
export class ApplicationStack extends Chart {
  public readonly web: ScalableWebApp;
  public readonly worker: BackgroundWorker;
  public readonly renderer: BackgroundWorker;

  constructor(scope: Construct, id: string, environment: Environment, data: DataStack) {
    super(scope, id, { namespace: environment.namespace });
    const image = (program: string) => `registry.example.com/shop/${program}:${environment.release}`;
    const { web, worker, renderer } = environment;
    const imagePullSecrets = [Secret.fromSecretName(this, 'registry', 'registry')];
    // What the web API writes for those who look for faults, and the shipper reads.
    const accessLog = PodVolume.emptyDir({ size: Size.mebibytes(64) });

    this.web = new ScalableWebApp(this, 'web', {
      image: image('web'),
      imagePullSecrets,
      runtime: Runtime.node(),
      volumes: [
        {
          path: '/etc/payment',
          volume: PodVolume.secret(Secret.fromSecretName(this, 'certificate', 'payment-certificate')),
        },
        { path: '/var/log/shop', volume: accessLog },
      ],
      sidecars: [
        {
          name: 'log-shipper',
          image: image('log-shipper'),
          profile: LOG_SHIPPER,
          volumes: [{ path: '/logs', volume: accessLog, readOnly: true }],
        },
      ],
      profile: WorkloadProfile.fromQuantities(web.size),
      scaling: ScalingPolicy.cpuAndMemory({
        min: web.min,
        max: web.max,
        cpuPercent: 70,
        memoryPercent: 80,
        // Visitors come all at once, and often come back within ten minutes.
        intent: ScalingIntent.SPIKY_WEB,
      }),
      verticalScaling: VerticalScaling.recommend(),
    });
    this.worker = new BackgroundWorker(this, 'worker', {
      image: image('worker'),
      imagePullSecrets,
      profile: WorkloadProfile.fromQuantities(worker.size),
      scaling: ScalingPolicy.cpu({ min: worker.min, max: worker.max }),
      // Where one replica is enough, it may be away while it is resized.
      verticalScaling: VerticalScaling.recreate({ minReplicas: Math.min(worker.min, 2) }),
      liveness: HealthCheck.command(['/app/worker', 'ping']),
      metricsPort: 9090,
    });
    this.renderer = new BackgroundWorker(this, 'renderer', {
      image: image('renderer'),
      imagePullSecrets,
      // A picture that is lost with its node is rendered again.
      tolerations: [{ key: 'spot' }],
      profile: WorkloadProfile.fromQuantities(renderer.size),
      scaling: ScalingPolicy.cpu({ min: renderer.min, max: renderer.max }),
      instanceTypes: ['c5.xlarge', 'c5.2xlarge'],
      liveness: HealthCheck.command(['/app/renderer', 'ping']),
      metricsPort: 9090,
    });

    for (const { autoscaler } of [this.web, this.worker, this.renderer]) {
      if (autoscaler && environment.oneReplicaReason !== undefined)
        Checklist.ignore(autoscaler, 'HPA-003', environment.oneReplicaReason);
    }

    for (const [program, { load }] of [
      [this.web, web],
      [this.worker, worker],
      [this.renderer, renderer],
    ] as const) {
      program.requireScaling(
        Traffic.spike({ base: load.usual, peak: load.peak, rise: Duration.minutes(1) }),
        { timeToCapacity: Duration.minutes(2), flaps: 0, drainTime: Duration.minutes(25) },
        { capacityPerPod: load.perPod },
      );
    }

    for (const program of [this.web, this.worker]) {
      program.connectTo(data.database);
      program.connectTo(data.cache);
    }
    this.renderer.connectTo(data.cache);
    this.web.connectTo(data.sessions.connection({ variables: CacheVariables.prefixed('SESSION_') }));
    const { host, addresses } = environment.payment;
    this.web.connectTo(new ExternalService(this, 'payment', { host, peers: [NetworkPeer.cidr(addresses)] }));
  }
}

const LOG_SHIPPER = WorkloadProfile.fromQuantities({
  cpuRequest: '10m',
  cpuLimit: '100m',
  memoryRequest: '64Mi',
  memoryLimit: '64Mi',
  ephemeralStorageLimit: '256Mi',
});
