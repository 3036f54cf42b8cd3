import { z } from 'zod';
import { catalogue, type ProblemName } from '../problems/problem.js';
import { concertId, count } from './reply-fields.js';

/** The shapes of replies about the service itself: its audits, health, problem types and API document. */

const finding = z
  .object({
    invariant: z.string(),
    claim: z.string(),
    verdict: z.enum(['pass', 'violated', 'unchecked', 'not applicable']),
    checked: z.string(),
    violations: count,
    examples: z.array(z.string()),
  })
  .meta({ id: 'Finding' });

const rowDifference = z
  .object({
    projection: z.string(),
    row: z.string(),
    kind: z.enum(['missing', 'unexpected', 'different']),
    columns: z.array(z.object({ name: z.string(), inTable: z.unknown(), byLog: z.unknown() })),
  })
  .meta({ id: 'RowDifference' });

export const audit = z
  .object({
    concertId,
    revision: z.string().regex(/^(-1|\d+)$/),
    sound: z.boolean().meta({ description: 'Nothing is broken, and everything was looked at.' }),
    findings: z.array(finding),
    differences: z.array(rowDifference),
  })
  .meta({ id: 'Audit' });

const totals = z.object({
  capacity: count,
  purchases: count,
  live: count.meta({ description: 'Tickets sold and not released at the end.' }),
  vip: count.meta({ description: 'VIP seats taken at the end.' }),
  expired: count.meta({ description: 'Holds that expired.' }),
});

export const whatIf = z
  .object({
    concertId,
    recorded: totals,
    would: totals,
    purchases: z
      .object({
        refused: count,
        gainsVip: count,
        losesVip: count,
        otherSeat: count,
        otherNumber: count.meta({ description: 'Those that differ in the ticket number alone.' }),
      })
      .meta({ description: 'How many purchases would have ended otherwise, each counted once.' }),
    refusedChanges: count.meta({ description: 'Changes by the organiser that would have been refused.' }),
    refusedHolds: count.meta({
      description: 'Holds and places in the waiting list that would have been refused.',
    }),
  })
  .meta({ id: 'WhatIf' });

export const benchReport = z
  .object({
    startedAt: z.iso.datetime(),
    plan: z.string().meta({ description: 'How much was measured: `full` or `quick`.' }),
    commit: z.string(),
    ratios: z.array(
      z.object({
        key: z.string(),
        what: z.string(),
        wanted: z.string().meta({ description: 'The aim, like `≥ 0.9`; empty without one.' }),
        met: z.boolean().nullable(),
        median: z.number(),
        min: z.number(),
        max: z.number(),
        n: count,
      }),
    ),
  })
  .meta({ id: 'BenchReport' });

export const openApiDocument = z
  .looseObject({
    openapi: z.literal('3.1.1'),
    info: z.looseObject({ title: z.string(), version: z.string() }),
    paths: z.record(z.string(), z.unknown()),
  })
  .meta({ description: 'This document.' });

export const alive = z.object({ status: z.literal('alive') }).meta({ id: 'Alive' });

const check = z.enum(['answers', 'fails', 'silent']);

export const readiness = z
  .object({
    status: z.enum(['ready', 'degraded', 'unavailable']),
    checks: z.object({
      eventStore: check,
      readModel: check,
      redis: z.enum([...check.options, 'not used']),
      projections: check,
    }),
    projections: z.array(
      z.object({
        name: z.string(),
        state: z.string(),
        problem: z.string().nullable(),
        position: z.string().nullable(),
        parkedEvents: count,
      }),
    ),
    lagSeconds: z
      .number()
      .nullable()
      .meta({ description: 'Age of the oldest event that active projections lack; null: not known.' }),
    ownership: z
      .object({
        concerts: count.meta({ description: 'How many concerts this process owns.' }),
        unservedQueues: z.array(concertId).meta({
          description:
            'Concerts with purchases in their queue that this process could not decide, and no other owns. Ten at most.',
        }),
      })
      .nullable()
      .meta({ description: 'Null for an installation without Redis.' }),
  })
  .meta({ id: 'Readiness' });

const problemNames = Object.keys(catalogue) as [ProblemName, ...ProblemName[]];

export const problemType = z
  .object({
    type: z.enum(problemNames.map((name) => `/problems/${name}` as const)),
    status: z.int(),
    title: z.string(),
    operations: z.array(z.string()).meta({ description: 'The requests that may be answered so.' }),
  })
  .meta({ id: 'ProblemType' });

export const problemTypes = z.object({ items: z.array(problemType) }).meta({ id: 'ProblemTypes' });
