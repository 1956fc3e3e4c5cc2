import { createRequire } from 'node:module';

interface ConditionError {
  body: { Item?: unknown };
}

interface ConditionalRequest {
  ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE';
}

interface DynaliteDatabase {
  checkConditional(request: ConditionalRequest, existing: unknown): ConditionError | null | undefined;
}

interface Validation {
  types: Record<string, { type: string; enum: string[] }>;
}

/**
 * Adds `ReturnValuesOnConditionCheckFailure` to dynalite, which drops parameters it does not know: a failed
 * condition then carries the item that won, as DynamoDB's does. Must run before the first request.
 */
export function returnItemOnFailedCondition(): void {
  const require = createRequire(import.meta.url);
  for (const operation of ['putItem', 'updateItem', 'deleteItem']) {
    const validation = require(`dynalite/validations/${operation}`) as Validation;
    validation.types.ReturnValuesOnConditionCheckFailure = { type: 'String', enum: ['ALL_OLD', 'NONE'] };
  }
  const database = require('dynalite/db') as DynaliteDatabase;
  const check = database.checkConditional;
  database.checkConditional = (request, existing) => {
    const error = check(request, existing);
    if (error && existing && request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD') error.body.Item = existing;
    return error;
  };
}
