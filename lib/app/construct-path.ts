import { display, unsafeTextReason } from '../units/text';

/** The path of a construct as a message shows it; ids are text of the user. */
export function shownPath(path: string): string {
  if (path === '') return '(app)';
  return unsafeTextReason(path) === undefined ? path : display(path);
}
