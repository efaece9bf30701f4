/** Behaviours to compare a policy with: the same bounds and metrics, other rules. */
import type { HpaBehavior, HpaRules, HpaSpec } from '../hpa/hpa-spec';
import { SCALING_INTENTS } from '../scaling-intents';

/** A policy under a name that a picture shows. */
export interface NamedPolicy {
  readonly id: 'own' | 'guide' | 'kubernetes' | 'cdk8s-plus';
  readonly title: string;
  readonly spec: HpaSpec;
}

/** What cdk8s-plus-27 2.9 writes when no behaviour is given: its `src/horizontal-pod-autoscaler.ts`. */
export function cdk8sPlusBehavior(minReplicas: number): HpaBehavior {
  return {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 60 },
        { type: 'Percent', value: 200, periodSeconds: 60 },
      ],
      selectPolicy: 'Max',
    },
    scaleDown: {
      stabilizationWindowSeconds: 300,
      policies: [{ type: 'Pods', value: minReplicas, periodSeconds: 300 }],
      selectPolicy: 'Max',
    },
  };
}

const withDefaults = (rules: Omit<HpaRules, 'selectPolicy'>): HpaRules => ({ selectPolicy: 'Max', ...rules });

/** The guide's behaviour. */
export const GUIDE_BEHAVIOR: HpaBehavior = {
  scaleUp: withDefaults(SCALING_INTENTS.guide.scaleUp),
  scaleDown: withDefaults(SCALING_INTENTS.guide.scaleDown),
};

/** The policy of a manifest beside the three that people get without writing one. */
export function policiesToCompare(own: HpaSpec): NamedPolicy[] {
  return [
    { id: 'own', title: 'this manifest', spec: own },
    { id: 'guide', title: 'the guide', spec: { ...own, behavior: GUIDE_BEHAVIOR } },
    { id: 'kubernetes', title: 'Kubernetes default', spec: { ...own, behavior: undefined } },
    {
      id: 'cdk8s-plus',
      title: 'cdk8s-plus default',
      spec: { ...own, behavior: cdk8sPlusBehavior(own.minReplicas) },
    },
  ];
}
