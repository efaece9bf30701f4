/** Text as it stands in XML, in elements and in attributes; what XML cannot hold becomes "?". */
export function xml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return [...text].map((one) => (isXml(one) ? (entities[one] ?? one) : '?')).join('');
}

/** Whether XML 1.0 can hold a character at all. */
function isXml(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code >= 0x20
    ? code < 0xd800 || (code > 0xdfff && code !== 0xfffe && code !== 0xffff)
    : [9, 10, 13].includes(code);
}
