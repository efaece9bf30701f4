/** Names and texts: what the API server refuses, and what it takes although nobody can read it. */
import { FindingSeverity } from '../../../finding/finding';
import { type ContainerOf, type KubernetesObject, POD_TEMPLATE_PATH } from '../../../inventory/inventory';
import { recordAt, recordsAt, textAt, textsAt } from '../../../inventory/json';
import { allContainers } from '../../../inventory/relations';
import { dnsLabelRule, dnsSubdomainRule, labelKeyRule, labelValueRule } from '../../../units/names';
import { display, unsafeTextReason } from '../../../units/text';
import { type Problem, type Rule, rule, when } from '../../rule';

type NameRule = (text: string) => string | undefined;

const atMost =
  (characters: number, then: NameRule): NameRule =>
  (text) =>
    then(text) ??
    (text.length > characters
      ? `at most ${characters} characters, which leaves room for what is appended`
      : undefined);

const serviceName: NameRule = (text) =>
  /^[a-z]/.test(text) ? dnsLabelRule(text) : 'a DNS label that starts with a letter';

/**
 * Names by kind; other kinds are not looked at, for those of RBAC and of custom resources may hold more. A StatefulSet's
 * pods carry a label with its name and a hash of 11 characters, a CronJob's Jobs 11 more.
 */
const NAME_RULES: Readonly<Record<string, NameRule>> = {
  Namespace: dnsLabelRule,
  Service: serviceName,
  StatefulSet: atMost(52, dnsSubdomainRule),
  CronJob: atMost(52, dnsSubdomainRule),
  Deployment: dnsSubdomainRule,
  DaemonSet: dnsSubdomainRule,
  Job: atMost(63, dnsSubdomainRule),
  ConfigMap: dnsSubdomainRule,
  Secret: dnsSubdomainRule,
  ServiceAccount: dnsSubdomainRule,
  HorizontalPodAutoscaler: dnsSubdomainRule,
  PodDisruptionBudget: dnsSubdomainRule,
  NetworkPolicy: dnsSubdomainRule,
  Ingress: dnsSubdomainRule,
  PersistentVolumeClaim: dnsSubdomainRule,
};

/** IANA service name, as names of ports are. */
const portNameRule: NameRule = (text) =>
  text.length <= 15 && /^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(text)
    ? undefined
    : 'at most 15 lower-case letters, digits and single "-", with a letter';

const environmentNameRule: NameRule = (text) =>
  /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(text) ? undefined : 'letters, digits, "_", "-" and "."';

const fileKeyRule: NameRule = (text) =>
  text.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(text) && text !== '.' && text !== '..'
    ? undefined
    : 'at most 253 letters, digits, "-", "_" and "."';

/** A problem when a rule does not allow a text; what is no text is another rule's matter. */
export function named(path: string, value: unknown, allowed: NameRule): Problem[] {
  const expected = typeof value === 'string' ? allowed(value) : undefined;
  return when(expected !== undefined, {
    path,
    measured: display(value),
    expected: expected ?? '',
    fix: 'rename it: the API server refuses it, or the pods that come of it',
  });
}

function labelProblems(path: string, labels: Readonly<Record<string, string>>, values: boolean): Problem[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...named(path, key, labelKeyRule),
    ...(values ? named(`${path}["${key}"]`, value, labelValueRule) : []),
  ]);
}

function containerNames({ container, path }: ContainerOf): Problem[] {
  return [
    ...named(`${path}.name`, container.name, dnsLabelRule),
    ...recordsAt(container, 'ports').flatMap((port, index) =>
      named(`${path}.ports[${index}].name`, port.name, portNameRule),
    ),
    ...recordsAt(container, 'env').flatMap((variable, index) =>
      named(`${path}.env[${index}].name`, variable.name, environmentNameRule),
    ),
  ];
}

export const NAMING_RULES: readonly Rule[] = [
  rule({
    id: 'COR-011',
    severity: FindingSeverity.ERROR,
    title: 'Names, labels and keys are such as Kubernetes takes',
    why: 'The API server refuses most of them; a StatefulSet with a long name it takes, and refuses every pod of it.',
    evidence:
      'Posted to a real API server: names, ports and keys refused, a StatefulSet name of 60 characters taken.',
    of: (inventory) => inventory.objects.map((object) => ({ object })),
    check: ({ object }, inventory) => {
      const { manifest, kind, namespace, name } = object;
      const workload = inventory.workload(kind, namespace, name);
      return [
        ...(name === '' ? [] : named('metadata.name', name, NAME_RULES[kind] ?? (() => undefined))),
        ...labelProblems('metadata.labels', textsAt(manifest, 'metadata', 'labels'), true),
        ...labelProblems('metadata.annotations', textsAt(manifest, 'metadata', 'annotations'), false),
        ...(workload?.containers ?? []).flatMap(containerNames),
        ...(workload
          ? [
              ...labelProblems(
                [...POD_TEMPLATE_PATH[kind], 'metadata', 'labels'].join('.'),
                workload.podLabels,
                true,
              ),
              ...recordsAt(workload.pod, 'volumes').flatMap((volume, index) =>
                named(`${workload.podPath}.volumes[${index}].name`, volume.name, dnsLabelRule),
              ),
            ]
          : []),
        ...(kind === 'ConfigMap' || kind === 'Secret'
          ? ['data', 'binaryData', 'stringData'].flatMap((field) =>
              Object.keys(recordAt(manifest, field) ?? {}).flatMap((key) => named(field, key, fileKeyRule)),
            )
          : []),
      ];
    },
  }),
  rule({
    id: 'COR-013',
    severity: FindingSeverity.ERROR,
    title: 'Text is what a person can see of it',
    why: 'A NUL, a line separator or a blank at the end of an image name is invisible in review; a semicolon in a path of an Ingress ends in the configuration of its controller.',
    evidence:
      'All were taken by a real API server; CVE-2021-25745 and CVE-2026-24512 of ingress-nginx are the path.',
    of: (inventory) => [
      ...allContainers(inventory).map((one) => ({ object: one.object, texts: [imageOf(one)] })),
      ...inventory.ofKind('ConfigMap').map((object) => ({
        object,
        texts: Object.entries(textsAt(object.manifest, 'data')).map(([key, text]) => ({
          path: `data.${key}`,
          // Lines and tabs are what files are made of.
          text: text.replace(/[\n\r\t]/g, ' '),
          expected: 'printable text',
          allowed: () => true,
        })),
      })),
      ...inventory
        .ofKind('Ingress')
        // The shape of older versions is another one: COR-014.
        .filter(({ apiVersion }) => !apiVersion.includes('beta'))
        .map((object) => ({ object, texts: ingressPaths(object) })),
    ],
    check: ({ texts }) =>
      texts.flatMap(({ path, text, expected, allowed }) => {
        const unsafe = text === undefined ? undefined : unsafeTextReason(text);
        return when(text !== undefined && (unsafe !== undefined || !allowed(text)), {
          path,
          measured: `${display(text)}${unsafe === undefined ? '' : `, which ${unsafe}`}`,
          expected,
          fix: 'correct it',
        });
      }),
  }),
];

function imageOf({ container, path }: ContainerOf) {
  return {
    path: `${path}.image`,
    text: textAt(container, 'image'),
    expected: 'an image without blanks',
    allowed: (text: string) => !/\s/.test(text),
  };
}

function ingressPaths(object: KubernetesObject) {
  return recordsAt(object.manifest, 'spec', 'rules').flatMap((one, index) =>
    recordsAt(one, 'http', 'paths').map((entry, at) => ({
      path: `spec.rules[${index}].http.paths[${at}].path`,
      // Only ImplementationSpecific does without a path.
      text: textAt(entry, 'path') ?? (entry.pathType === 'ImplementationSpecific' ? undefined : ''),
      expected: 'a path that starts with "/", without blanks, quotes and {};',
      allowed: (text: string) => /^\/[^\s{};"']*$/.test(text),
    })),
  );
}
