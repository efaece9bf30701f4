/** What a consumer of a manifest is told, as the kubelet hands it to its container. */
import type { Manifest } from '../support/synth';

/**
 * The variables of a workload: those of a Secret by its keys, references to variables that stand before them filled in.
 *
 * @param workload such as a Deployment
 * @param secret values by the keys of the Secrets
 * @param places names and ports of the cluster, and what stands for them on this machine
 */
export function environmentOf(
  workload: Manifest,
  secret: Readonly<Record<string, string>>,
  places: Readonly<Record<string, string | number>>,
): Record<string, string> {
  const here = (text: string) =>
    Object.entries(places).reduce((result, [from, to]) => result.replaceAll(from, `${to}`), text);
  const environment: Record<string, string> = {};
  for (const { name, value, valueFrom } of workload.spec.template.spec.containers[0].env as Manifest[])
    environment[name] =
      valueFrom === undefined
        ? here(value).replace(
            /\$\((\w+)\)/g,
            (reference, variable: string) => environment[variable] ?? reference,
          )
        : secret[valueFrom.secretKeyRef.key];
  return environment;
}
