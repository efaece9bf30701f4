/** What containers are told by variables. */
import { FindingSeverity } from '../../../finding/finding';
import { listAt, recordsAt, textAt } from '../../../inventory/json';
import { allContainers } from '../../../inventory/relations';
import { type NamedText, referencesIn, wouldBeSet } from '../../../units/variable-references';
import { type Problem, type Rule, rule } from '../../rule';

/** Variables that Services of the namespace become, with their names before. */
const OF_SERVICES = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

function deadWord(path: string, reference: string, later: boolean): Problem {
  return {
    path,
    measured: later
      ? `$(${reference}), which is set further down: it stays as it is written`
      : `$(${reference}), which is no variable of the container: it stays as it is written`,
    expected: later ? `${reference} above what refers to it` : 'a variable of the container',
    fix: later ? `move ${reference} up` : `set ${reference}, or write $$(${reference}) for the text itself`,
  };
}

export const VARIABLE_RULES: readonly Rule[] = [
  rule({
    id: 'COR-018',
    severity: FindingSeverity.WARNING,
    title: 'A variable that refers to another one stands after it',
    why: 'The kubelet expands $(NAME) by what stands before it, and leaves the rest as it is written: an application gets the text of the reference for an address or a password.',
    evidence: 'Kubernetes, define dependent environment variables; kubernetes#90466.',
    of: (inventory) =>
      allContainers(inventory).filter(
        ({ container }) =>
          recordsAt(container, 'env').length > 0 ||
          listAt(container, 'command').length > 0 ||
          listAt(container, 'args').length > 0,
      ),
    check: ({ container, path, object }) => {
      const variables = recordsAt(container, 'env').map((one): NamedText => ({
        name: textAt(one, 'name') ?? '',
        text: textAt(one, 'value'),
      }));
      const names = variables.map(({ name }) => name);
      const mayBeElsewhere = (reference: string) =>
        recordsAt(container, 'envFrom').length > 0 ||
        OF_SERVICES.test(reference) ||
        wouldBeSet(reference) ||
        // A kustomization has variables of its own.
        object.source?.unit !== undefined;
      return [
        ...variables.flatMap(({ text = '' }, index) =>
          referencesIn(text).flatMap((reference) => {
            if (names.slice(0, index).includes(reference)) return [];
            const isLater = names.includes(reference);
            if (!isLater && mayBeElsewhere(reference)) return [];
            return [deadWord(`${path}.env[${index}].value`, reference, isLater)];
          }),
        ),
        ...(['command', 'args'] as const).flatMap((field) =>
          listAt(container, field).flatMap((word, index) =>
            referencesIn(String(word)).flatMap((reference) =>
              names.includes(reference) || mayBeElsewhere(reference)
                ? []
                : [deadWord(`${path}.${field}[${index}]`, reference, false)],
            ),
          ),
        ),
      ];
    },
  }),
];
