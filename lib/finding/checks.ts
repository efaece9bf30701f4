import type { AmountUnit } from '../units/quantity';
import { display, unsafeTextReason } from '../units/text';
import { MADE_PROPS } from './made-props';

/** What the checks need of a construct; the pure rooms know no more of it. */
export interface Located {
  readonly node: { readonly path: string };
}

/** One prop that cannot stand. */
export interface Problem {
  /** Path of the construct, such as `prod/shop/web`. */
  readonly path: string;
  /** Name of the prop, such as `scaling.max`. */
  readonly prop: string;
  /** The value as given, as text. */
  readonly value: string;
  /** What is allowed, and what to do. */
  readonly allowed: string;
}

/** An error whose message is a list of problems; thrown once per construct with all of them. */
export class InvalidPropsError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map((p) => `${p.path}: ${p.prop} is ${p.value}; ${p.allowed}`).join('\n'));
    this.name = 'InvalidPropsError';
  }
}

/** A rule of `units/names.ts`: what is allowed when the text is not. */
export type TextRule = (text: string) => string | undefined;

/**
 * Collects everything that is wrong with a construct's props, so that a user sees all of it at once.
 *
 * Call the checks, then `throwIfAny()` before anything is built from the props.
 */
export class Checks {
  /** Checks for the props of a construct. */
  static of(construct: Located): Checks {
    return new Checks(construct.node.path === '' ? '(app)' : construct.node.path, '', []);
  }

  private constructor(
    private readonly path: string,
    private readonly prefix: string,
    private readonly problems: Problem[],
  ) {}

  /** The same collection, for the fields of a prop: `at('scaling').integer('max', …)` reports `scaling.max`. */
  at(prop: string): Checks {
    return new Checks(this.path, `${this.prefix}${prop}.`, this.problems);
  }

  /** Records that a prop cannot stand. */
  fail(prop: string, value: unknown, allowed: string): void {
    // Ids and keys of the user are part of path and prop.
    const shown = (text: string) => (unsafeTextReason(text) === undefined ? text : display(text));
    this.problems.push({
      path: shown(this.path),
      prop: shown(this.prefix + prop),
      value: display(value),
      allowed,
    });
  }

  /** A whole number in a closed range; undefined passes. */
  integer(prop: string, value: number | undefined, min: number, max: number): void {
    if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
    this.fail(prop, value, `allowed: a whole number from ${min} to ${max}`);
  }

  /** A finite number in a closed range; undefined passes. */
  number(prop: string, value: number | undefined, min: number, max: number): void {
    if (value === undefined || (Number.isFinite(value) && value >= min && value <= max)) return;
    this.fail(prop, value, `allowed: a number from ${min} to ${max}`);
  }

  /**
   * The number of an amount, such as the bytes of a size, for the check that follows; what is none is recorded, and answers
   * undefined like an amount that is not given.
   */
  amount<T>(prop: string, value: T | undefined, unit: AmountUnit<T>): number | undefined {
    if (value === undefined) return undefined;
    if (unit.isAmount(value)) return unit.numberOf(value);
    this.fail(prop, value, `allowed: ${unit.allowed}`);
    return undefined;
  }

  /** The same where there must be one. */
  requiredAmount<T>(prop: string, value: T | undefined, unit: AmountUnit<T>): number | undefined {
    if (value === undefined) this.fail(prop, value, `allowed: ${unit.allowed}`);
    return this.amount(prop, value, unit);
  }

  /**
   * Values that our classes make, by the names of their props; what is none is thrown at once, with all else that has been
   * found, since what follows asks them. Undefined passes, but for props that are `required`.
   */
  made(props: object, required: readonly string[] = []): void {
    const given = new Map<string, unknown>(Object.entries(props));
    const wrong = Object.keys(MADE_PROPS).filter((prop) =>
      given.get(prop) === undefined ? required.includes(prop) : !isMade(given.get(prop)),
    );
    for (const prop of wrong)
      this.fail(prop, given.get(prop), `allowed: an object such as ${MADE_PROPS[prop]}`);
    if (wrong.length > 0) this.throwIfAny();
  }

  /** A TCP port; undefined passes. */
  port(prop: string, value: number | undefined): void {
    this.integer(prop, value, 1, 65535);
  }

  /** A port that a process without privileges can listen on; undefined passes. */
  unprivilegedPort(prop: string, value: number | undefined): void {
    if (value === undefined || (Number.isInteger(value) && value >= 1024 && value <= 65535)) return;
    this.fail(prop, value, 'allowed: a whole number from 1024 to 65535 (the pod runs without privileges)');
  }

  /** Text that can be emitted and that a rule allows; undefined passes. */
  text(prop: string, value: string | undefined, rule: TextRule = () => undefined): void {
    if (value === undefined) return;
    if (typeof value !== 'string') return this.fail(prop, value, 'allowed: text');
    const unsafe = unsafeTextReason(value);
    const allowed = rule(value);
    if (allowed !== undefined) this.fail(prop, value, `allowed: ${allowed}`);
    else if (unsafe !== undefined)
      this.fail(prop, value, `it ${unsafe}; allowed: printable text on one line`);
  }

  /** Text of several lines, such as a script or a certificate; undefined passes. */
  lines(prop: string, value: string | undefined): void {
    if (typeof value !== 'string') return this.text(prop, value);
    const unsafe = unsafeTextReason(value.replace(/[\n\t]/g, ' '));
    if (unsafe !== undefined) this.fail(prop, value, `it ${unsafe}; allowed: printable text`);
  }

  /** One of the values of an enumeration, which a caller without types can miss; undefined passes. */
  oneOf(prop: string, value: string | undefined, allowed: readonly string[]): void {
    if (value === undefined || allowed.includes(value)) return;
    this.fail(prop, value, `allowed: ${allowed.join(', ')}`);
  }

  /** True while nothing has failed. */
  get passed(): boolean {
    return this.problems.length === 0;
  }

  /** Throws one error with every problem found so far. */
  throwIfAny(): void {
    if (!this.passed) throw new InvalidPropsError(this.problems);
  }
}

/** An instance of a class: no text, number, list or plain object. */
function isMade(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && prototype !== Object.prototype;
}
