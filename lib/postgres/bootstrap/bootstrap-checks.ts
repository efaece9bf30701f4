/** What is wrong with the way that a database on CloudNativePG starts. */
import type { Checks } from '../../finding/checks';
import { checkImport } from './import-checks';
import { checkRecovery } from './recovery-checks';
import type { StartingDatabase } from './starting-database';

export function checkBootstrap(checks: Checks, start: StartingDatabase): void {
  const { bootstrap, initSql } = start.props;
  if (!bootstrap) return;
  const at = checks.at('bootstrap');
  const shape = bootstrap._shape;
  if (initSql !== undefined && Object.keys(initSql).length > 0)
    checks.fail(
      'initSql',
      Object.keys(initSql),
      'it is for an empty database, and `bootstrap` fills this one; use a migration, or remove it',
    );
  if (shape.kind === 'recovery') checkRecovery(at, start, shape);
  else checkImport(at, start, shape);
}
