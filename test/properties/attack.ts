/** Attacks on props with nasty values, and what came of them. */
import { type Chart, Duration, Size, Yaml } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { parseAllDocuments } from 'yaml';
import { manifests, newChart } from '../support/synth';
import { NASTY_NUMBERS, NASTY_STRINGS } from './corpus';

/** One hostile program: it makes something in a chart. */
export interface Attack {
  readonly what: string;
  readonly run: (chart: Chart) => void;
}

/** What came of an attack that should not have: undefined when it was refused clearly, or when nothing was lost. */
export function damage({ what, run }: Attack): string | undefined {
  const chart = newChart();
  let objects: unknown[];
  try {
    run(chart);
    objects = manifests(chart);
  } catch (error) {
    const { message } = error as Error;
    const clear =
      /^((Validation failed with the following errors:\n +\[)?"?shop\/.*?(\]|:) |KubernetesVersion\.fromString: )/.test(
        message,
      );
    const lines = message.split('\n').length;
    // One line per problem: nothing of the value continues on the next.
    return clear && lines < 12 ? undefined : `${what}: ${message.slice(0, 300)}`;
  }
  const read = parseAllDocuments(Yaml.stringify(...objects)).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as unknown;
  });
  return JSON.stringify(read) === JSON.stringify(objects) ? undefined : `${what}: lost in YAML`;
}

export function damages(attacks: readonly Attack[]): string[] {
  return attacks.flatMap((attack) => damage(attack) ?? []);
}

export const sizes = () => NASTY_NUMBERS.flatMap((amount) => attempt(() => Size.mebibytes(amount)));
export const durations = () => NASTY_NUMBERS.flatMap((amount) => attempt(() => Duration.seconds(amount)));
export const cpus = () => NASTY_NUMBERS.flatMap((amount) => attempt(() => Cpu.millis(amount)));

/** Some values cdk8s refuses itself, when they are made. */
function attempt<T>(make: () => T): T[] {
  try {
    return [make()];
  } catch {
    return [];
  }
}

/** An attack with each nasty value; of a factory, in the prop where what it makes ends. */
export const texts = (use: (chart: Chart, text: string) => unknown) =>
  NASTY_STRINGS.map((text) => ({ what: JSON.stringify(text), run: (chart: Chart) => void use(chart, text) }));
export const numbers = (use: (chart: Chart, value: number) => unknown) =>
  NASTY_NUMBERS.map((value) => ({ what: String(value), run: (chart: Chart) => void use(chart, value) }));
export const times = (use: (chart: Chart, value: Duration) => unknown) =>
  durations().map((value) => ({
    what: value.toHumanString(),
    run: (chart: Chart) => void use(chart, value),
  }));
