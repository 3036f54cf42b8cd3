import { createHash } from 'node:crypto';
import type { Media, OpenApiDocument, Operation, Parameter, Response } from './document.js';
import { escaped, prose } from './html.js';
import type { JsonSchema } from './json-schema.js';
import { fieldRows, typeOf } from './schema-table.js';
import { style } from './style.js';

export interface DocumentPage {
  readonly html: string;
  /** Nothing is loaded, and no script runs. */
  readonly contentSecurityPolicy: string;
}

/** The document as one page for readers. */
export function documentPage(document: OpenApiDocument): DocumentPage {
  const hash = createHash('sha256').update(style).digest('base64');
  return {
    html: html(document),
    contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

function html(document: OpenApiDocument): string {
  const { info, tags, paths, components } = document;
  const entries = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Entry => ({ method, path, operation })),
  );
  const sections = tags.map(({ name }) => ({
    name,
    entries: entries.filter(({ operation }) => operation.tags.includes(name)),
  }));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)} API</title><style>${style}</style></head><body>
<nav aria-label="Contents"><a class="name" href="#top">${escaped(info.title)} API</a>
${sections.map(({ name, entries }) => `<h2>${escaped(name)}</h2><ul>${entries.map(link).join('')}</ul>`).join('\n')}
<details><summary>Shapes</summary><ul>${Object.keys(components.schemas)
    .map((id) => `<li><a href="#${id}">${id}</a></li>`)
    .join('')}</ul></details>
</nav><main id="top"><h1>${escaped(info.title)} API <small>${escaped(info.version)}</small></h1>
${prose(info.description)}<p>As OpenAPI 3.1: <a href="/openapi.json">/openapi.json</a>. Types of problems: <a href="/problems">/problems</a>.</p>
${sections.map(({ name, entries }) => `<section><h2>${escaped(name)}</h2>${entries.map((entry) => article(entry, document)).join('\n')}</section>`).join('\n')}
<section><h2>Shapes</h2>${Object.entries(components.schemas).map(shape).join('\n')}</section></main></body></html>`;
}

const link = ({ operation }: Entry): string =>
  `<li><a href="#${operation.operationId}">${escaped(operation.summary)}</a></li>`;

function article({ method, path, operation }: Entry, document: OpenApiDocument): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  return `<article id="${operationId}"><h3>${escaped(summary)}</h3>
<p class="route"><b class="${method}">${method.toUpperCase()}</b> <code>${escaped(path)}</code></p>
${description === undefined ? '' : prose(description)}
${parameters.length === 0 ? '' : `<h4>Parameters</h4>${table(parameters.map(parameterRow))}`}
${requestBody === undefined ? '' : `<h4>Body${requestBody.required ? '' : ' (may be left out)'}</h4>${Object.values(requestBody.content).map(body).join('')}`}
<h4>Answers</h4>${Object.entries(responses)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map((response) => answer(response, document))
    .join('\n')}</article>`;
}

const table = (rows: readonly string[]): string => `<table><tbody>${rows.join('')}</tbody></table>`;

const parameterRow = (parameter: Parameter): string =>
  `<tr><th scope="row"><code>${escaped(parameter.name)}</code>${parameter.required ? '' : ' <i>optional</i>'}<br><small>${parameter.in}</small></th><td>${typeOf(parameter.schema)}${parameter.description === undefined ? '' : prose(parameter.description)}</td></tr>`;

function body({ schema, example }: Media): string {
  const rows = fieldRows(schema);
  const fields = rows.length === 0 ? `<p>${typeOf(schema)}</p>` : table(rows);
  return `${fields}${exampleBlock('Example', example)}`;
}

const exampleBlock = (title: string, value: unknown): string =>
  `<details><summary>${escaped(title)}</summary><pre>${escaped(typeof value === 'string' ? value : JSON.stringify(value, null, 2))}</pre></details>`;

function answer(
  [status, { description, headers, content = {} }]: readonly [string, Response],
  document: OpenApiDocument,
): string {
  const names = Object.keys(headers).filter((name) => name !== 'X-Request-Id');
  const media = Object.values(content).map(({ schema, example, examples = {} }) =>
    example === undefined
      ? Object.keys(examples)
          .map((name) => problem(name, document))
          .join('')
      : `<p>${typeOf(schema)}</p>${exampleBlock('Example', example)}`,
  );
  return `<div class="answer s${status.slice(0, 1)}"><p><b>${status}</b> ${escaped(description)}${names.length === 0 ? '' : ` <small>With ${names.map((name) => `<code>${escaped(name)}</code>`).join(', ')}.</small>`}</p>${media.join('')}</div>`;
}

function problem(name: string, { components }: OpenApiDocument): string {
  const example = components.examples[name];
  return example === undefined ? '' : exampleBlock(`/problems/${name}`, example.value);
}

const shape = ([id, schema]: readonly [string, JsonSchema]): string =>
  `<article id="${id}"><h3>${id}</h3>${schema.description === undefined ? '' : prose(schema.description)}${table(fieldRows(schema))}</article>`;
