import type { Database } from '../../postgres/database.js';

/** A hyphen keeps these apart from every namespace. */
export const buildSchemaOf = ({ schema }: Database): string => `${schema}-build`;
export const replacedSchemaOf = ({ schema }: Database): string => `${schema}-replaced`;
