import { describe, expect, it } from 'vitest';
import type { CheckId } from '../../src/domain/invariants.js';
import { parseHistoryLine } from '../../src/replay/judge/history-lines.js';
import { Slice } from '../../src/replay/judge/slice.js';
import { at, concertId, event, header, idOf, judge, type Line, violatedIn } from './judged-history.js';

const reserved = (revision: number, key: string, ticketNumber: number, more: Line = {}): Line =>
  event(revision, 'TicketReserved', {
    purchaseId: idOf(key),
    customerId: `c-${key}`,
    ticketNumber,
    idempotencyKey: key,
    arrivedAt: at,
    decidedAt: at,
    ...more,
  });
const scheduled = event(0, 'ConcertScheduled', {
  name: 'Rock',
  capacity: 3,
  vipSeats: 1,
  ticketsPerCustomer: 1,
  salesOpenAt: null,
  salesCloseAt: null,
  startsAt: null,
  purchaseMode: null,
  scheduledAt: at,
});
const vip = (revision: number, key: string, ticketNumber: number, seat = 'VIP-1'): Line =>
  event(revision, 'VipAssigned', { purchaseId: idOf(key), customerId: `c-${key}`, ticketNumber, seat });
const call = (key: string, sentAt: number, answer: Line, more: Line = {}): Line => ({
  call: 'purchase',
  concertId,
  key,
  customerId: `c-${key}`,
  quantity: 1,
  sentAt,
  endedAt: sentAt + 5,
  answer,
  ...more,
});
const bought = (key: string, revision: number, number: number, seat: string | null = null): Line => ({
  kind: 'accepted',
  purchaseId: idOf(key),
  revision: String(revision),
  tickets: [{ number, seat }],
});
const refused = (reason: string, more: Line = {}): Line => ({ kind: 'refused', reason, ...more });
const unknown: Line = { kind: 'unknown' };

/** Three tickets for four customers, one of them without an answer at first; a second try settles it. */
const log = [scheduled, reserved(1, 'a', 1), vip(2, 'a', 1), reserved(3, 'b', 2), reserved(4, 'c', 3)];
const calls = [
  call('a', 0, bought('a', 2, 1, 'VIP-1')),
  call('b', 10, unknown),
  call('b', 20, bought('b', 3, 2)),
  call('c', 30, bought('c', 4, 3)),
  call('d', 40, refused('sold-out')),
  call('a', 50, bought('a', 2, 1, 'VIP-1')),
];
const views = [
  { stock: { remaining: 0, revision: '4' }, concertId, at: 60 },
  {
    concertId,
    revision: '4',
    at: 60,
    tickets: ['a', 'b', 'c'].map((key, i) => ({
      number: i + 1,
      seat: i === 0 ? 'VIP-1' : null,
      customerId: `c-${key}`,
      purchaseId: idOf(key),
      status: 'live',
    })),
  },
];

const sound = [header, ...log, ...calls, ...views];
/** The sound history with one line in place of another. */
const instead = (old: Line, line: Line): readonly Line[] => sound.map((each) => (each === old ? line : each));
const [, , , , soldC = {}] = log;
const [, , toldB = {}, toldC = {}, toldD = {}] = calls;
const [stock = {}, rows = {}] = views;

describe('the judge', () => {
  it('finds a sound history sound, whatever the order of its lines', () => {
    expect(judge(sound).soundness).toBe('sound');
    expect(judge([...calls, ...views, ...log, header]).soundness).toBe('sound');
    expect(judge(sound).operations).toBe(6);
  });

  it.each<[CheckId, string, readonly Line[]]>([
    ['I1', 'a fourth ticket', [...sound, reserved(5, 'e', 4), call('e', 70, bought('e', 5, 4))]],
    ['I2', 'a number twice', instead(soldC, reserved(4, 'c', 2))],
    ['I2', 'a gap', instead(soldC, reserved(4, 'c', 9))],
    ['I3', 'a seat for the second ticket', [...sound, vip(5, 'c', 3, 'VIP-1')]],
    ['I4', 'two tickets of one customer', instead(soldC, reserved(4, 'c', 3, { customerId: 'c-b' }))],
    ['I5', 'an acknowledged sale that is not in the log', sound.filter((line) => line !== soldC)],
    ['I5', 'other tickets than told', instead(toldC, call('c', 30, bought('c', 4, 2)))],
    ['I6', 'a sale whose buyer was refused', instead(toldC, call('c', 30, refused('sold-out')))],
    ['I6', 'a sale whose buyer was told to come back', instead(toldC, call('c', 30, { kind: 'busy' }))],
    [
      'I6',
      'a sale that was there before its buyer asked again, who had been told to come back',
      [
        ...instead(toldC, call('c', 30, { kind: 'busy' })),
        call('a', 80, bought('a', 4, 1)),
        call('c', 90, bought('c', 4, 3)),
      ],
    ],
    ['I6', 'a sale that nobody asked for', sound.filter((line) => line !== toldC)],
    ['I8', 'a key that buys twice', [...sound, reserved(5, 'b', 4)]],
    ['I8', 'a repeat that is refused', [...sound, call('b', 80, refused('sold-out'))]],
    ['I8', 'a repeat that is told of another sale', [...sound, call('b', 80, bought('c', 4, 3))]],
    [
      'I9',
      'a later buyer before an earlier one',
      [header, ...log, call('a', 0, bought('a', 2, 1, 'VIP-1')), toldC, call('b', 40, bought('b', 3, 2))],
    ],
    ['I10', 'another row', instead(rows, { ...rows, tickets: [] })],
    ['I11', 'another stock', instead(stock, { ...stock, stock: { remaining: 1, revision: '4' } })],
    ['I11', 'a stock that is behind', instead(stock, { ...stock, stock: { remaining: 1, revision: '3' } })],
    ['refusal', 'sold out while there were tickets', [...sound, call('e', 0, refused('sold-out'))]],
    [
      'refusal',
      'a limit that was not reached',
      instead(toldD, call('d', 40, refused('limit-reached', { held: 1 }))),
    ],
    ['refusal', 'a key that was not used', instead(toldD, call('d', 40, refused('key-reused')))],
  ])('finds %s violated by %s', (invariant, _what, lines) => {
    expect(violatedIn(lines)).toContain(invariant);
  });

  it('finds I12 violated by a queue that was served out of order', () => {
    const queued = (id: string, revision: number, key: string) =>
      reserved(revision, key, revision, { queueId: id });
    const lines = (first: string, second: string) => [
      { ...scheduled, data: { ...(scheduled.data as Line), vipSeats: 0 } },
      queued(first, 1, 'a'),
      queued(second, 2, 'b'),
      call('a', 0, bought('a', 1, 1)),
      call('b', 0, bought('b', 2, 2)),
    ];
    expect(violatedIn(lines('5-0', '5-1'))).toEqual([]);
    expect(violatedIn(lines('5-1', '5-0'))).toEqual(['I12']);
  });

  it('takes no call without an answer for a pass', () => {
    const unsettled = sound.filter((line) => line !== toldB);
    expect(judge(unsettled).soundness).toBe('unchecked');
    expect(judge([...unsettled, call('b', 80, bought('b', 3, 2))]).soundness).toBe('sound');
  });

  it('takes calls without their log, and a history of nothing, for not judged', () => {
    expect(judge(calls).soundness).toBe('unchecked');
    expect(judge([header]).soundness).toBe('unchecked');
  });

  it('allows a refusal that was true at any moment between request and answer', () => {
    const long = call('e', 0, refused('sold-out'), { endedAt: 100 });
    expect(violatedIn([...sound, long])).toEqual([]);
  });

  it('gives the stock five seconds after healing', () => {
    const late = { ...stock, at: 60 + 6_000 };
    const wrong = { ...stock, stock: { remaining: 2, revision: '4' } };
    const healed = { healed: true, at: 60 };
    expect(violatedIn([...instead(stock, wrong), healed, late])).toEqual([]);
    expect(violatedIn([...instead(stock, late), healed, { ...wrong, at: 60 + 7_000 }])).toEqual(['I11']);
  });

  it('shows the lines of a violation and no others', () => {
    const lines = instead(toldC, call('c', 30, bought('c', 4, 2)));
    const [finding] = judge(lines).concerts[0]?.findings.filter(({ invariant }) => invariant === 'I5') ?? [];
    if (finding?.subject == null) throw new Error('expected a subject');
    const slice = new Slice(finding.subject);
    for (const line of lines) {
      const parsed = parseHistoryLine(JSON.stringify(line));
      if (parsed.kind !== 'export') slice.learn(parsed);
    }
    for (const line of lines) {
      const parsed = parseHistoryLine(JSON.stringify(line));
      if (parsed.kind !== 'export') slice.add(parsed, JSON.stringify(line));
    }
    expect(slice.lines.map((line) => JSON.parse(line))).toEqual([
      scheduled,
      soldC,
      lines.find((line) => line.key === 'c'),
    ]);
  });

  it('says which line it cannot read', () => {
    expect(() => parseHistoryLine('{"call":"purchase"}')).toThrow('concertId');
    expect(() => parseHistoryLine('[]')).toThrow('no JSON object');
    expect(() => parseHistoryLine('{"what":1}')).toThrow('no call, event');
  });
});
