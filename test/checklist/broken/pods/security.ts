/** What Pod Security refuses, and passwords in the clear. */
import { type Breakage, redis, setEnv, spec, web } from '../breakage';

export const SECURITY_BREAKAGES: readonly Breakage[] = [
  {
    what: 'a password in a ConfigMap',
    breakIt: (all) => redis(all, (text) => `${text}requirepass hunter2\n`),
    rules: ['SEC-003'],
  },
  {
    what: 'a password in a variable',
    breakIt: (all) => setEnv(web(all), 'SMTP_PASSWORD', 'hunter2'),
    rules: ['SEC-003'],
  },
  {
    what: 'a privileged container',
    breakIt: (all) => (web(all).securityContext.privileged = true),
    rules: ['SEC-001'],
  },
  {
    what: 'a pod outside AppArmor',
    breakIt: (all) =>
      (spec(all, 'Deployment', 'shop-web').template.spec.securityContext.appArmorProfile = {
        type: 'Unconfined',
      }),
    rules: ['SEC-001'],
  },
  {
    what: 'a type of SELinux that is none of containers',
    breakIt: (all) => (web(all).securityContext.seLinuxOptions = { type: 'spc_t' }),
    rules: ['SEC-001'],
  },
  {
    what: 'a process of the host',
    breakIt: (all) => (web(all).securityContext.windowsOptions = { hostProcess: true }),
    rules: ['SEC-001'],
  },
  {
    what: 'a probe that asks another host',
    breakIt: (all) => (web(all).livenessProbe.httpGet.host = '169.254.169.254'),
    rules: ['SEC-001'],
  },
  {
    what: 'the network of the host',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').template.spec.hostNetwork = true),
    rules: ['SEC-001'],
  },
  {
    what: 'a directory of the host',
    breakIt: (all) => {
      spec(all, 'Deployment', 'shop-web').template.spec.volumes.push({
        name: 'host',
        hostPath: { path: '/' },
      });
      web(all).volumeMounts.push({ name: 'host', mountPath: '/host' });
    },
    rules: ['SEC-001'],
  },
  {
    what: 'a capability',
    breakIt: (all) => (web(all).securityContext.capabilities.add = ['SYS_ADMIN']),
    rules: ['SEC-001'],
  },
  { what: 'the user root', breakIt: (all) => (web(all).securityContext.runAsUser = 0), rules: ['SEC-001'] },
  {
    what: 'a writable root file system',
    breakIt: (all) => (web(all).securityContext.readOnlyRootFilesystem = false),
    rules: ['SEC-002'],
  },
];
