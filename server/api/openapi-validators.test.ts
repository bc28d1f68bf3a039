// The API document in the eyes of two validators that know nothing of us: each with its own copy of the specification's schema.
import { validate } from '@readme/openapi-parser';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { createOpenApi, type OpenApiDocument } from './openapi.ts';
import { describeRouter, restTable, restTags } from './router.ts';

const document = (table = restTable) =>
  createOpenApi({ router: describeRouter(), table, tags: restTags, version: '1.2.3' });
/** Of a few rows, since a validator takes seconds to word what is wrong with a large one. */
const small = () =>
  document(restTable.filter(({ procedure }) => ['system.time', 'marketData.search'].includes(procedure)));

/** What each validator says of a document: nothing where it is one of OpenAPI 3.1. */
const validators: Record<string, (doc: OpenApiDocument) => Promise<unknown[]>> = {
  '@readme/openapi-parser': async (doc) => {
    const { valid, warnings, ...said } = await validate(structuredClone(doc) as never);
    return [...warnings, ...(valid ? [] : [said])];
  },
  '@seriousme/openapi-schema-validator': async (doc) => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...structuredClone(doc) });
    return valid && validator.version === '3.1' ? [] : [errors, validator.version];
  },
};

test.each(Object.entries(validators))(
  '%s finds nothing wrong with the document',
  async (_name, problemsOf) => {
    expect(await problemsOf(document())).toEqual([]);
  },
);

/** What a change of ours could break, and both have to notice. */
const broken: Record<string, (doc: OpenApiDocument) => void> = {
  'an answer without a description': (doc) => {
    delete (doc.paths['/api/system/time']!['get']!.responses['200'] as { description?: string }).description;
  },
  'a parameter that is nowhere': (doc) => {
    doc.paths['/api/market-data/markets']!['get']!.parameters = [{ name: 'query', in: 'nowhere' }];
  },
  'a header that is no object': (doc) => {
    doc.components.headers['ETag'] = 'text' as never;
  },
};
test.each(Object.entries(broken))('both find %s', async (_what, breakIt) => {
  const doc = structuredClone(small());
  breakIt(doc);
  for (const problemsOf of Object.values(validators)) expect(await problemsOf(doc)).not.toEqual([]);
});
