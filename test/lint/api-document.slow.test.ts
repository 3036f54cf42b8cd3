import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../src/api/openapi/document.js';
import { routes } from '../../src/api/routes/index.js';

test('the API document has nothing that a linter minds', async () => {
  // The example of a problem is there for the page, also of one that answers no route of the table.
  const config = await createConfig({ extends: ['recommended'], rules: { 'no-unused-components': 'off' } });
  const found = await lintFromString({ source: JSON.stringify(openApiDocument(routes)), config });
  expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
});
