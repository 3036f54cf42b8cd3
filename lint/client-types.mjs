/**
 * The types of the client, made from the API document as it was built last. Run alone, it writes src/client/api.generated.ts;
 * a test compares that file with `clientTypes()`.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

export const typesFile = 'src/client/api.generated.ts';

/** Examples are for the page; in types they would only be long comments. */
function withoutExamples(value, isProperties = false) {
  if (Array.isArray(value)) return value.map((each) => withoutExamples(each));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key]) => isProperties || (key !== 'example' && key !== 'examples'),
  );
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutExamples(each, key === 'properties')]));
}

const problem = 'application/problem+json';

/** All problems have one shape: the types name it once for each operation, not once for each status. */
function shorter({ responses, ...operation }) {
  const others = Object.entries(responses).flatMap(([status, { headers, content, ...response }]) => {
    const { [problem]: refused, ...rest } = content ?? {};
    if (refused !== undefined && Object.keys(rest).length === 0) return [];
    return [[status, content === undefined ? response : { ...response, content: rest }]];
  });
  const refusals = Object.values(responses).flatMap(({ content }) => content?.[problem] ?? []);
  const refused = { description: 'A problem.', content: { [problem]: refusals[0] } };
  return { ...operation, responses: { ...Object.fromEntries(others), default: refused } };
}

const map = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([key, each]) => [key, change(each)]));

export async function clientTypes(document) {
  const { paths, components, ...rest } = document;
  const { headers, examples, ...kept } = components;
  const brief = { ...rest, paths: map(paths, (path) => map(path, shorter)), components: kept };
  const types = astToString(await openapiTS(withoutExamples(brief)));
  return `// Made by \`npm run client:types\` from the API document; not to be edited.\n\n${types}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { openApiDocument } = await import('../dist/src/api/openapi/document.js');
  const { routes } = await import('../dist/src/api/routes/index.js');
  writeFileSync(typesFile, await clientTypes(openApiDocument(routes)));
}
