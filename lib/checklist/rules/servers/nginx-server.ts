/** Rules about nginx as a server and a proxy: processes, descriptors, headers, upstreams, probes. */
import { FindingSeverity } from '../../../finding/finding';
import { limitsOf } from '../../../inventory/configured-servers';
import { numberAt, recordAt, recordsAt, textAt } from '../../../inventory/json';
import { PROBES } from '../../../inventory/kinds';
import { type ParsedDirective, parseNginxTime } from '../../../nginx/configuration/nginx-conf';
import { connectionsOf } from '../../../nginx/reading/nginx-memory';
import {
  argsOf,
  configuredServers,
  directivesNamed,
  filePath,
  type Nginx,
  parameter,
} from '../../../nginx/reading/nginx-servers';
import { type Rule, rule, when } from '../../rule';

/** The grace period of Kubernetes, and a little for the process to end. */
const GRACE_SECONDS = 30;
const SLACK_SECONDS = 5;

export const NGINX_SERVER_RULES: readonly Rule[] = [
  rule({
    id: 'CAC-017',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'nginx has as many workers as its CPU limit allows',
    why: '"auto", which the image says where nothing else does, counts the cores of the node.',
    evidence: '16 workers on 2 cores took 23 % more CPU per request, and memory for each.',
    // Without a limit there is no number to round up: "auto" is what the node has.
    of: (inventory) =>
      configuredServers(inventory).filter(
        ({ container }) => limitsOf(container).cpuLimitMillis !== undefined,
      ),
    check: (server) => {
      const [workers = 'none, which is the auto of the image'] = argsOf(server, 'worker_processes');
      return when(!/^[1-9]\d*$/.test(workers), {
        path: filePath(server, 'worker_processes'),
        measured: workers,
        expected: 'the CPU limit, rounded up',
        fix: 'set it in a configuration of its own; the image cannot change the file of a read-only root',
      });
    },
  }),
  rule({
    id: 'CAC-018',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'nginx has a descriptor for each connection and each file that it keeps open',
    why: 'A connection has a descriptor, and so has the file that it reads or writes; without one the request is refused.',
    evidence: 'nginx, worker_rlimit_nofile; the formula is 2 × worker_connections + open_file_cache.',
    of: (inventory) =>
      configuredServers(inventory).filter(
        ({ settings }) => directivesNamed(settings, 'worker_connections').length > 0,
      ),
    check: (server) => {
      const connections = connectionsOf(server);
      const files = directivesNamed(server.settings, 'open_file_cache')
        .map((one) => Number(parameter(one, 'max') ?? 0))
        .reduce((most, one) => Math.max(most, one), 0);
      const needed = 2 * connections + files;
      const limit = Number(argsOf(server, 'worker_rlimit_nofile')[0] ?? 0);
      return when(limit < needed, {
        path: filePath(server, 'worker_rlimit_nofile'),
        measured: limit === 0 ? 'not set' : `${limit}`,
        expected: `at least ${needed}: 2 × ${connections} connections and ${files} files`,
        fix: 'raise it, or lower worker_connections',
      });
    },
  }),
  rule({
    id: 'CAC-019',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A location that sets a header sets all of them',
    why: 'proxy_set_header and add_header of a server are inherited only by locations that have none of their own.',
    evidence: 'nginx/kubernetes-ingress#291.',
    of: configuredServers,
    check: (server) =>
      directivesNamed(server.settings, 'server').flatMap(({ block = [] }) =>
        ['proxy_set_header', 'add_header'].flatMap((name) => {
          const outer = headersIn(block, name);
          return locationsIn(block).flatMap(({ args, block: inside = [] }) => {
            // A location with a name is reached on purpose, for another kind of answer.
            if (name === 'add_header' && args[0]?.startsWith('@')) return [];
            const own = headersIn(inside, name);
            const lost = outer.filter((header) => own.length > 0 && !own.includes(header));
            return when(lost.length > 0, {
              path: filePath(server, `location ${args.join(' ')}`),
              measured: `${name} for ${own.join(', ')} only`,
              expected: `also for ${lost.join(', ')}, which the server sets`,
              fix: 'repeat them in the location, or move all of them there',
            });
          });
        }),
      ),
  }),
  rule({
    id: 'CAC-040',
    severity: FindingSeverity.WARNING,
    title: 'One failure does not take away the only server of an upstream',
    why: 'A Service checks the health of what is behind it. nginx sees one server, and would refuse for ten seconds what the next pod would have answered.',
    evidence:
      'nginx, max_fails: with one server it is ignored, but not in a group whose name has several addresses.',
    of: (inventory) =>
      configuredServers(inventory).filter(({ settings }) => directivesNamed(settings, 'upstream').length > 0),
    check: (server) =>
      directivesNamed(server.settings, 'upstream').flatMap(({ args: [name], block = [] }) => {
        const servers = block.filter((one) => one.name === 'server');
        const [address = ''] = servers[0]?.args ?? [];
        return when(
          servers.length === 1 && !isOneAddress(address) && parameter(servers[0], 'max_fails') !== '0',
          {
            path: filePath(server, `upstream ${name}`),
            measured: `max_fails=${parameter(servers[0] ?? { name: '', args: [] }, 'max_fails') ?? '1'} with one server`,
            expected: 'max_fails=0',
            fix: 'add it to the server',
          },
        );
      }),
  }),
  rule({
    id: 'CAC-041',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'nginx has the time to finish what is under way',
    why: 'What is not finished at the end of the grace period is cut off.',
    evidence: 'Kubernetes: the grace period includes the preStop hook.',
    of: (inventory) =>
      configuredServers(inventory).filter(
        ({ settings }) => directivesNamed(settings, 'worker_shutdown_timeout').length > 0,
      ),
    check: (server) => {
      const { pod, podPath } = server.workload;
      const drain = parseNginxTime(argsOf(server, 'worker_shutdown_timeout')[0] ?? '') ?? 0;
      const hook = recordAt(server.container.container, 'lifecycle', 'preStop');
      const command = recordAt(hook, 'exec')?.command;
      const wait =
        numberAt(hook, 'sleep', 'seconds') ?? (Array.isArray(command) ? Number(command[1]) || 0 : 0);
      const grace = numberAt(pod, 'terminationGracePeriodSeconds') ?? GRACE_SECONDS;
      return when(grace < wait + drain + SLACK_SECONDS, {
        path: `${podPath}.terminationGracePeriodSeconds`,
        measured: `${grace} s for a hook of ${wait} s and worker_shutdown_timeout ${drain} s`,
        expected: `at least ${wait + drain + SLACK_SECONDS} s`,
        fix: 'raise the grace period, or lower worker_shutdown_timeout',
      });
    },
  }),
  rule({
    id: 'CAC-042',
    severity: FindingSeverity.WARNING,
    title: 'Probes of a proxy do not ask its origin',
    why: 'When the origin is slow or down, every replica of the proxy is taken out of traffic or restarted, with the cache that would have answered.',
    evidence:
      'ours: an outage of the origin answers 100 % from the cache as long as the pods stay in traffic.',
    of: configuredServers,
    check: (server) =>
      PROBES.flatMap((name) => {
        const get = recordAt(server.container.container, name, 'httpGet');
        const location = get && locationOf(server, portOf(server, get.port), textAt(get, 'path') ?? '/');
        const asks = location && directivesNamed(location.block ?? [], 'proxy_pass').length > 0;
        return when(asks === true, {
          path: `${server.container.path}.${name}`,
          measured: `${textAt(get, 'path') ?? '/'} is proxied`,
          expected: 'a location that nginx answers itself',
          fix: 'add one with `return 200`, and ask that',
        });
      }),
  }),
];

/** Whether a server is one address, with which nginx ignores max_fails; a name may have several. */
const isOneAddress = (server: string) =>
  /^(unix:|\d{1,3}(\.\d{1,3}){3}(:\d+)?$|\[[\da-f:.]+\])/i.test(server);

const headersIn = (block: readonly ParsedDirective[], name: string) =>
  block.filter((one) => one.name === name).map(({ args }) => args[0] ?? '');

const locationsIn = (block: readonly ParsedDirective[]) => block.filter(({ name }) => name === 'location');

function portOf({ container }: Nginx, port: unknown): number | undefined {
  if (typeof port === 'number') return port;
  const named = recordsAt(container.container, 'ports').find((one) => textAt(one, 'name') === port);
  return named && numberAt(named, 'containerPort');
}

/** The location that answers a path on a port: the exact one, or the one with the longest prefix. */
function locationOf(
  { settings }: Nginx,
  port: number | undefined,
  path: string,
): ParsedDirective | undefined {
  const locations = directivesNamed(settings, 'server')
    .filter(({ block = [] }) =>
      block.some((one) => one.name === 'listen' && Number(/(\d+)$/.exec(one.args[0] ?? '')?.[1]) === port),
    )
    .flatMap(({ block = [] }) => locationsIn(block));
  const exact = locations.find(({ args }) => args[0] === '=' && args[1] === path);
  const prefixes = locations
    .filter(({ args }) => args[0] !== '=' && path.startsWith(args.at(-1) ?? '?'))
    .sort((a, b) => (b.args.at(-1) ?? '').length - (a.args.at(-1) ?? '').length);
  return exact ?? prefixes[0];
}
