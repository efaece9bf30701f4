/** Settings of nginx that do not go with its pod and its origin. */
import { type Breakage, containersOf, nginx } from '../breakage';

export const NGINX_SERVER_BREAKAGES: readonly Breakage[] = [
  {
    what: 'as many workers as the node has cores',
    breakIt: (all) => nginx(all, (text) => text.replace('worker_processes 1', 'worker_processes auto')),
    rules: ['CAC-017'],
  },
  {
    what: 'fewer descriptors than connections',
    breakIt: (all) =>
      nginx(all, (text) => text.replace(/worker_rlimit_nofile \d+/, 'worker_rlimit_nofile 4096')),
    rules: ['CAC-018'],
  },
  {
    what: 'a location with one header of its own',
    breakIt: (all) =>
      nginx(all, (text) =>
        text.replace('limit_conn crowds 1;', 'limit_conn crowds 1; proxy_set_header X-A a;'),
      ),
    rules: ['CAC-019'],
  },
  {
    what: 'one server that a failure takes away',
    breakIt: (all) => nginx(all, (text) => text.replace(/max_fails=0 resolve/, 'resolve')),
    rules: ['CAC-040'],
  },
  {
    what: 'a drain that outlasts the pod',
    breakIt: (all) =>
      nginx(all, (text) => text.replace('worker_shutdown_timeout 30s', 'worker_shutdown_timeout 5m')),
    rules: ['CAC-041'],
  },
  {
    what: 'a probe that asks the origin',
    breakIt: (all) => {
      containersOf(all, 'Deployment', 'edge-proxy')[0].livenessProbe.httpGet = { path: '/', port: 'http' };
    },
    rules: ['CAC-042'],
  },
];
