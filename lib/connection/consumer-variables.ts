import type { EnvValue } from 'cdk8s-plus-27';
import { Checks } from '../finding/checks';
import { checkEnv } from '../pod/env';
import { envNameRule } from '../units/names';
import { endpointsOf, type IConnectionTarget, type IConsumer } from './connection';
import type { NetworkAccess } from './network-access';

/** The variables of a consumer's container, each with one owner, and whom it is connected to. */
export class ConsumerVariables {
  /** Variables in the order in which they were set. */
  readonly env = new Map<string, EnvValue>();
  private readonly owners = new Map<string, string>();
  private readonly targets = new Set<string>();

  /** `ownerOf` answers who sets a variable that is not set here. */
  constructor(
    private readonly consumer: IConsumer,
    private readonly ownerOf: (name: string) => string | undefined = () => undefined,
  ) {}

  /** Uses another construct: its variables, and the way to it, where a network policy needs one. */
  connectTo(target: IConnectionTarget, network?: NetworkAccess): void {
    const checks = Checks.of(this.consumer);
    const path = target.node.path;
    if (this.targets.has(path))
      checks.fail('connectTo', path, 'it is connected already; remove one of the calls');
    checks.throwIfAny();
    this.targets.add(path);
    const binding = target.acceptConnection(this.consumer);
    if (binding.identity && Object.keys(binding.identity.podLabels).length === 0)
      checks.fail(
        'connectTo',
        path,
        'its identity has no labels, which is every pod of the namespace; name its address in `endpoints`',
      );
    checks.throwIfAny();
    for (const [name, value] of Object.entries(binding.env)) this.own(name, value, `connectTo(${path})`);
    for (const { peer, ports } of endpointsOf(binding)) network?.allowTo(peer, ports);
  }

  /** Sets a variable that nobody has set; `owner` is who does. */
  add(name: string, value: EnvValue, owner = 'addEnv'): void {
    const checks = Checks.of(this.consumer);
    checks.text('addEnv', name, envNameRule);
    checkEnv(checks, { [name]: value });
    checks.throwIfAny();
    this.own(name, value, owner);
  }

  /** Sets a variable whose name and value have been checked. */
  own(name: string, value: EnvValue, owner: string): void {
    const other = this.owners.get(name) ?? this.ownerOf(name);
    if (other !== undefined) {
      const checks = Checks.of(this.consumer);
      checks.fail(
        name,
        `set by ${owner}`,
        `${other} sets it too; a variable has one owner: give a connection names of its own by \`variables\`, or remove one of them`,
      );
      checks.throwIfAny();
    }
    this.owners.set(name, owner);
    this.env.set(name, value);
  }
}
