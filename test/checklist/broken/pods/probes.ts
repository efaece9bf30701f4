/** Probes that cannot succeed, or that say what another one says. */
import { type Breakage, spec, web } from '../breakage';

export const PROBE_BREAKAGES: readonly Breakage[] = [
  {
    what: 'one question for two probes',
    breakIt: (all) => {
      const container = web(all);
      container.livenessProbe = { ...container.readinessProbe };
    },
    rules: ['PRB-003'],
  },
  {
    what: 'a probe on a port that is not there',
    breakIt: (all) => (web(all).readinessProbe.httpGet.port = 'htpp'),
    rules: ['PRB-004'],
  },
  {
    what: 'a probe that takes longer than its period',
    breakIt: (all) => (web(all).livenessProbe.timeoutSeconds = 60),
    rules: ['PRB-004'],
  },
  {
    what: 'no time after the hook',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').template.spec.terminationGracePeriodSeconds = 10),
    rules: ['PRB-005'],
  },
];
