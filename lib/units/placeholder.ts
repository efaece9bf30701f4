/**
 * Texts that somebody else fills in after Git: Flux and envsubst `${NAME}` and `${NAME:-default}`, Argo CD's plugin
 * `<path:key>`; and what is left for a person to fill in, `<your domain>`. What stands there is unknown, which is neither right nor wrong.
 */
const PLACEHOLDER = /\$\{[A-Za-z_]\w*(?:[:=?+-][^}]*)?\}|<path:[^>]+>|\{\{[^}]*\}\}|^<[^<>\n]{1,80}>$/;

/** Whether a text is not known yet. */
export function hasPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}
