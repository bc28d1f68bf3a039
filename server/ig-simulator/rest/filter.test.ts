import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFilter } from './filter.ts';

const paths = new Set(['status', 'channel', 'details.size', 'details.level', 'details.actions.actionType']);
const items = [
  {
    id: 1,
    status: 'ACCEPTED',
    channel: 'PUBLIC_WEB_API',
    details: {
      size: 1.5,
      level: 20,
      actions: [{ actionType: 'POSITION_CLOSED' }, { actionType: 'POSITION_OPENED' }],
    },
  },
  {
    id: 2,
    status: 'ACCEPTED',
    channel: 'SYSTEM',
    details: { size: 2, level: null, actions: [{ actionType: 'POSITION_CLOSED' }] },
  },
  { id: 3, status: 'REJECTED', channel: 'PUBLIC_WEB_API', details: { size: 1, level: null, actions: [] } },
];
const found = (filter: string) => items.filter(parseFilter(filter, paths)).map(({ id }) => id);

test.each<[filter: string, ids: number[]]>([
  ['status==ACCEPTED', [1, 2]],
  ['status!=ACCEPTED', [3]],
  ['status==accepted', []],
  ['status==ACCEPTED;channel==SYSTEM', [2]],
  ['status==REJECTED,channel==SYSTEM', [2, 3]],
  ['status==REJECTED,status==ACCEPTED;channel==SYSTEM', [2, 3]],
  ['(status==REJECTED,status==ACCEPTED);channel==SYSTEM', [2]],
  [
    'status==ACCEPTED;(channel==PUBLIC_WEB_API,channel==PUBLIC_FIX_API);details.actions.actionType==POSITION_OPENED',
    [1],
  ],
  ['details.actions.actionType==POSITION_CLOSED', [1, 2]],
  ['details.actions.actionType!=POSITION_OPENED', [2, 3]],
  ['details.size==1.50', [1]],
  ['details.level==null', [2, 3]],
  ['details.level!=null', [1]],
  ['((status==REJECTED))', [3]],
])('%s finds %j: `;` binds closer than `,`, and any element of a list counts', (filter, ids) => {
  expect(found(filter)).toEqual(ids);
});

describe('malformed text is a SyntaxError and nothing else', () => {
  test.each([
    '',
    'status',
    'status=',
    'status=ACCEPTED',
    'status==',
    '==ACCEPTED',
    'status==A;',
    ',status==A',
    'status==A;;channel==B',
    '(status==A',
    'status==A)',
    '()',
    'status==(A)',
    'status===A',
    'status>A',
    'status==A channel==B=',
    'nothing==A',
    'details==A',
    'details.==A',
    '__proto__==A',
    'constructor==A',
    `${'('.repeat(21)}status==A${')'.repeat(21)}`,
    `status==${'x'.repeat(2_000)}`,
  ])('%s', (filter) => {
    expect(() => parseFilter(filter, paths)).toThrow(SyntaxError);
  });

  test('twenty parentheses deep is read, and whatever is sent ends', () => {
    expect(found(`${'('.repeat(20)}status==REJECTED${')'.repeat(20)}`)).toEqual([3]);
    const piece = fc.constantFrom(
      'status',
      'details.size',
      '==',
      '!=',
      ';',
      ',',
      '(',
      ')',
      'ACCEPTED',
      '1',
      '.',
      '=',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        let test: ((item: unknown) => boolean) | undefined;
        try {
          test = parseFilter(pieces.join(''), paths);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
        for (const item of [...items, null, 7, []])
          expect(typeof test?.(item)).toBe(test ? 'boolean' : 'undefined');
      }),
      { numRuns: 2_000 },
    );
  });
});
