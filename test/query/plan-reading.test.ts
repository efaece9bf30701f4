import { type PlanNode, tableScansOf, usesIndex } from '../../lib/query/plan-reading';

const node = (type: string, fields: Partial<PlanNode> = {}): PlanNode => ({
  'Node Type': type,
  'Total Cost': 1,
  'Plan Rows': 100,
  ...fields,
});
const scan = (fields: Partial<PlanNode> = {}) =>
  node('Seq Scan', {
    Schema: 'public',
    'Relation Name': 'users',
    Alias: 'u',
    Filter: '(u.id = 1)',
    ...fields,
  });

test('a scan is found wherever it is in the plan, and says what it filters', () => {
  const plan = node('Limit', {
    Plans: [node('Hash Join', { Plans: [scan(), node('Hash', { Plans: [scan({ Alias: 'v' })] })] })],
  });
  expect(tableScansOf(plan)).toEqual([
    { schema: 'public', table: 'users', alias: 'u', filter: '(u.id = 1)', wanted: 100 },
    { schema: 'public', table: 'users', alias: 'v', filter: '(u.id = 1)', wanted: 100 },
  ]);
});

test('a scan without a filter wants all rows', () => {
  expect(tableScansOf(scan({ Filter: undefined }))).toEqual([]);
  expect(tableScansOf(node('Index Scan', { 'Index Name': 'i', Filter: '(u.id = 1)' }))).toEqual([]);
});

test.each([
  [1, 170],
  [2, 240],
  [3, 310],
  [4, 400],
])('with %i workers, a parallel scan wants %i rows for 100 in each process', (workers, wanted) => {
  const plan = node('Gather', { 'Workers Planned': workers, Plans: [scan({ 'Parallel Aware': true })] });
  expect(tableScansOf(plan)[0].wanted).toBe(wanted);
  // The inner side of a join is read whole by each of them.
  expect(tableScansOf({ ...plan, Plans: [scan()] })[0].wanted).toBe(100);
});

test('an index is found by its name, below other nodes too', () => {
  const plan = node('Bitmap Heap Scan', {
    Plans: [node('Bitmap Index Scan', { 'Index Name': '<1>btree_users_id' })],
  });
  expect(usesIndex(plan, '<1>btree_users_id')).toBe(true);
  expect(usesIndex(plan, 'users_pkey')).toBe(false);
});
