/** The Ingress in front of a Service. */
import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Ingress, IngressTLS } from 'kubernetes-types/networking/v1';
import type { Checks } from '../finding/checks';
import { emitSpec } from '../pod/api-object';
import type { SelectorLabels } from '../pod/naming';
import { dnsLabelRule, dnsSubdomainRule, hostRule } from '../units/names';
import {
  checkHosts,
  checkPaths,
  type ExposedPath,
  HTTP_PORT_NAME,
  pathsOf,
  PathType,
  type ReachablePort,
} from './exposed-path';
import { checkAnnotations, type ClusterIpExposureOptions } from './service-exposure';

/** A certificate of an Ingress. */
export interface IngressCertificate {
  /**
   * Hosts that it is for, at least one: hosts of the exposure, or a wildcard such as `*.example.com` that one of them
   * matches.
   */
  readonly hosts: string[];
  /** Name of a Secret of type `kubernetes.io/tls` that exists, or that cert-manager makes. */
  readonly secretName: string;
}

/** An Ingress in front of the Service. */
export interface IngressExposureOptions extends ClusterIpExposureOptions {
  /** Host names, such as `['shop.example.com']`; at least one. */
  readonly hosts: string[];
  /**
   * Path prefix, where there is one.
   *
   * @default /
   */
  readonly path?: string;
  /**
   * Paths, in place of `path`, each with the port that it leads to.
   *
   * @default - `path`
   */
  readonly paths?: ExposedPath[];
  /**
   * Name of the IngressClass: `ingressClassName`.
   *
   * @default - the cluster's default class
   */
  readonly className?: string;
  /**
   * Name of a Secret of type `kubernetes.io/tls` for the hosts that no certificate of `certificates` is for.
   *
   * @default - no TLS at the Ingress for these
   */
  readonly tlsSecretName?: string;
  /**
   * Certificates, where hosts have several. No host may be in two.
   *
   * @default - that of `tlsSecretName`
   */
  readonly certificates?: IngressCertificate[];
  /**
   * Namespace of the ingress controller's pods, which the network policy lets in.
   *
   * @default ingress-nginx
   */
  readonly controllerNamespace?: string;
  /**
   * Annotations of the Ingress, as its controller and cert-manager read them.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}

export function checkIngress(
  checks: Checks,
  options: IngressExposureOptions,
  further: readonly ReachablePort[],
): void {
  checkHosts(checks, options.hosts);
  checkPaths(checks, options, further);
  checks.text('className', options.className, dnsSubdomainRule);
  checks.text('tlsSecretName', options.tlsSecretName, dnsSubdomainRule);
  checks.text('controllerNamespace', options.controllerNamespace, dnsLabelRule);
  checkAnnotations(checks, options.annotations);
  checkCertificates(checks, options);
}

/** Whether a name of a certificate is that of a host, or a wildcard for it; a wildcard stands for one label. */
function isFor(name: string, host: string): boolean {
  return (
    name === host ||
    (name.startsWith('*.') && !host.startsWith('*.') && name.slice(1) === host.replace(/^[^.]*/, ''))
  );
}

function checkCertificates(checks: Checks, options: IngressExposureOptions): void {
  const { hosts, certificates, tlsSecretName } = options;
  if (!certificates) return;
  if (certificates.length === 0)
    checks.fail('certificates', certificates, 'allowed: at least one certificate, or leave it out');
  const names = new Set<string>();
  const secrets = new Set<string>();
  certificates.forEach((one, index) => {
    const at = checks.at(`certificates[${index}]`);
    at.text('secretName', one.secretName, dnsSubdomainRule);
    if (secrets.has(one.secretName))
      at.fail(
        'secretName',
        one.secretName,
        'another certificate is in that Secret; name the hosts of both in one',
      );
    secrets.add(one.secretName);
    if (one.hosts.length === 0) at.fail('hosts', one.hosts, 'allowed: at least one host of the exposure');
    one.hosts.forEach((name, place) => {
      const prop = `hosts[${place}]`;
      at.text(prop, name, hostRule);
      if (names.has(name)) at.fail(prop, name, 'a certificate is for it already; remove it from one');
      names.add(name);
      if (hostRule(name) === undefined && !hosts.some((host) => isFor(name, host)))
        at.fail(prop, name, 'the exposure has no such host; add it to `hosts`, or remove it here');
    });
  });
  if (tlsSecretName !== undefined && hostsWithout(options).length === 0)
    checks.fail(
      'tlsSecretName',
      tlsSecretName,
      'each host has a certificate of `certificates`; leave it out, or take hosts from one of these',
    );
}

/** Hosts that no certificate of `certificates` is for. */
function hostsWithout({ hosts, certificates = [] }: IngressExposureOptions): string[] {
  return hosts.filter((host) => !certificates.some((one) => one.hosts.some((name) => isFor(name, host))));
}

function tlsOf(options: IngressExposureOptions): IngressTLS[] | undefined {
  const { certificates = [], tlsSecretName } = options;
  const tls = [
    ...certificates.map(({ hosts, secretName }) => ({ hosts: [...hosts], secretName })),
    ...(tlsSecretName === undefined ? [] : [{ hosts: hostsWithout(options), secretName: tlsSecretName }]),
  ];
  return tls.length === 0 ? undefined : tls;
}

/** Emits the Ingress for the Service of this name. */
export function emitIngress(
  scope: Construct,
  name: string,
  labels: SelectorLabels,
  options: IngressExposureOptions,
): ApiObject {
  const { annotations } = options;
  const head = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name, labels, annotations };
  return emitSpec<Ingress>(scope, 'ingress', head, () => ({
    ingressClassName: options.className,
    tls: tlsOf(options),
    rules: options.hosts.map((host) => ({
      host,
      http: {
        paths: pathsOf(options).map(({ path, pathType = PathType.PREFIX, portName = HTTP_PORT_NAME }) => ({
          path,
          pathType,
          backend: { service: { name, port: { name: portName } } },
        })),
      },
    })),
  }));
}
