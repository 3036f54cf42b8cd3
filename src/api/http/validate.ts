import type { z } from 'zod';
import { ProblemError, problem } from '../problems/problem.js';

export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

/** The error that refuses a request with 400 and names each field that is wrong. */
export function invalid(errors: readonly FieldProblem[], options?: ErrorOptions): ProblemError {
  const detail = errors.map((error) => `${error.field} ${error.problem}`).join('; ');
  return new ProblemError(problem('invalid-request', `${detail}.`, { errors }), options);
}

/**
 * The value as the schema parses it. `whole` names the value itself in an error that is of no field.
 * @throws {ProblemError} invalid-request
 */
export function validate<S extends z.ZodType>(schema: S, value: unknown, whole: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.slice(0, mostErrors).flatMap((issue) => toFieldProblems(issue, whole)));
}

/** A body with thousands of unknown fields gets an answer of reasonable size. */
const mostErrors = 20;
const longestName = 64;

function toFieldProblems(issue: z.core.$ZodIssue, whole: string): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, mostErrors).map((key) => ({
      field: key.slice(0, longestName),
      problem: 'is not known here',
    }));
  }
  return [{ field: issue.path.length === 0 ? whole : issue.path.join('.'), problem: issue.message }];
}
