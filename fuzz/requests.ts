import fc from 'fast-check';
import { anyText, urlText } from './any-text.js';
import { hostileBodies, hostileTexts } from './hostile.js';
import type { Operation, Parameter } from './operations.js';
import { anyValue, fitting, type JsonSchema, nearlyFitting } from './values.js';

/** A request as it is sent. */
export interface FuzzRequest {
  readonly method: string;
  /** With the query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

/** Values of path variables that name something, so that requests get further than to a 404. */
export type Known = Readonly<Record<string, readonly string[]>>;

const hostileText = fc.oneof(fc.constantFrom(...hostileTexts), anyText({ maxLength: 40 }), urlText);

/** Requests to an operation: as its document describes them, almost so, and far from it. */
export function requestsTo(operation: Operation, known: Known): fc.Arbitrary<FuzzRequest> {
  const { method, path, parameters, body } = operation;
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const variables = fc.tuple(...inPath.map((parameter) => pathVariable(parameter, known)));
  return fc
    .tuple(variables, queryOf(parameters), headersOf(parameters), body === null ? noBody : bodyOf(body))
    .map(([values, query, headers, { bytes, type }]) => ({
      method,
      target: inPath.reduce((url, { name }, i) => url.replace(`{${name}}`, values[i] ?? ''), path) + query,
      headers: type === null ? headers : { ...headers, ...type },
      body: bytes,
    }));
}

function pathVariable({ name, schema }: Parameter, known: Known): fc.Arbitrary<string> {
  const values = known[name] ?? [];
  const hostile = hostileText.map(encoded);
  const fits = fitting(schema).map((value) => encoded(String(value)));
  if (values.length === 0) return fc.oneof({ weight: 3, arbitrary: fits }, { weight: 1, arbitrary: hostile });
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: fits },
    { weight: 2, arbitrary: hostile },
  );
}

/** As a URL has it; half of a pair of surrogates has no encoding, and is sent as three bytes that are no UTF-8. */
function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ed%a0%80';
  }
}

function queryOf(parameters: readonly Parameter[]): fc.Arbitrary<string> {
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const pairs = inQuery.map(({ name, schema }) =>
    fc.oneof(fitting(schema).map(String), hostileText).map((value) => `${name}=${encoded(value)}`),
  );
  const unknown = hostileText.map((text) => `${encoded(text)}=1`);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    ...(pairs.length === 0 ? [] : [{ weight: 4, arbitrary: some(pairs) }]),
    { weight: 1, arbitrary: unknown.map((query) => `?${query}`) },
  );
}

const some = (pairs: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...pairs.map((pair) => fc.option(pair))).map((chosen) => {
    const query = chosen.filter((pair) => pair !== null).join('&');
    return query === '' ? '' : `?${query}`;
  });

/** What Node lets through to a socket. */
const headerText = fc.stringMatching(/^[\x20-\x7e\xa1-\xff]{0,60}$/);

function headersOf(parameters: readonly Parameter[]): fc.Arbitrary<Readonly<Record<string, string>>> {
  const inHeader = parameters.filter((parameter) => parameter.in === 'header');
  const fields = inHeader.map(({ name, schema }) => [
    name.toLowerCase(),
    fc.oneof({ weight: 4, arbitrary: headerOf(name, schema) }, { weight: 1, arbitrary: headerText }),
  ]);
  const others = ['accept', 'x-request-id', 'if-none-match', 'origin', 'cookie', 'x-forwarded-for', 'range'];
  const more = others.map((name) => [name, fc.option(headerText, { nil: undefined, freq: 8 })]);
  const all: Record<string, fc.Arbitrary<string | undefined>> = Object.fromEntries([...more, ...fields]);
  return fc
    .record(all, { requiredKeys: [] })
    .map(
      (headers) =>
        Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
          string,
          string
        >,
    );
}

/** A wait is asked for as none: it would only take time. */
function headerOf(name: string, schema: JsonSchema): fc.Arbitrary<string> {
  if (name.toLowerCase() === 'prefer') return fc.constant('wait=0');
  if (name.toLowerCase() === 'idempotency-key') return fc.nat(200).map((key) => `key-${key}`);
  return fitting(schema).map((value) => String(value).replaceAll(/[^\x20-\x7e]/g, ''));
}

type Body = { readonly bytes: Buffer | null; readonly type: Readonly<Record<string, string>> | null };

const json = { 'content-type': 'application/json' };
const types = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Readonly<Record<string, string>>>(json) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Readonly<Record<string, string>>>(
      {},
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/json; charset=utf-16' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { ...json, 'content-encoding': 'gzip' },
      { ...json, 'content-encoding': 'br, gzip' },
    ),
  },
);

const noBody: fc.Arbitrary<Body> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Body>({ bytes: null, type: null }) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...hostileBodies), types).map(toBody) },
);

const bodyOf = (schema: JsonSchema): fc.Arbitrary<Body> =>
  fc
    .tuple(
      fc.oneof(
        { weight: 5, arbitrary: fitting(schema).map(toJson) },
        { weight: 5, arbitrary: nearlyFitting(schema).map(toJson) },
        { weight: 1, arbitrary: anyValue.map(toJson) },
        { weight: 1, arbitrary: fc.constantFrom(...hostileBodies) },
        // Cut off somewhere.
        {
          weight: 1,
          arbitrary: fc
            .tuple(fitting(schema), fc.nat(30))
            .map(([value, cut]) => toJson(value).subarray(0, -1 - cut)),
        },
      ),
      types,
    )
    .map(toBody);

function toBody([bytes, type]: readonly [Buffer, Readonly<Record<string, string>>]): Body {
  return { bytes, type };
}

const toJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? '');
