/** SVG as a tree of elements, printed the same way every time. */
import { xml } from './xml';

export interface SvgElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly children: ReadonlyArray<SvgElement | string>;
}

export function svg(
  name: string,
  attributes: SvgElement['attributes'],
  ...children: ReadonlyArray<SvgElement | string>
): SvgElement {
  return { name, attributes, children };
}

/** A coordinate: two digits, no exponent, no negative zero. */
export function coordinate(value: number): string {
  const text = value.toFixed(2).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}

/** Prints an element, one line for each. */
export function printSvg({ name, attributes, children }: SvgElement, indent = ''): string {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${xml(typeof value === 'number' ? coordinate(value) : value)}"`],
  );
  const start = `${indent}<${name}${given.join('')}`;
  if (children.length === 0) return `${start}/>\n`;
  if (children.every((child) => typeof child === 'string'))
    return `${start}>${children.map(xml).join('')}</${name}>\n`;
  const inside = children.map((child) =>
    typeof child === 'string' ? `${indent}  ${xml(child)}\n` : printSvg(child, `${indent}  `),
  );
  return `${start}>\n${inside.join('')}${indent}</${name}>\n`;
}
