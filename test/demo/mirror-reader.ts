import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { type HubTable, queryPages } from '../../lambdas/aws/hub-table.ts';
import { recordOf } from '../../lambdas/aws/stored-mirror-record.ts';
import { recordsPartition } from '../../lambdas/aws/table-keys.ts';
import type { MirrorRecord } from '../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../lambdas/core/model/resource.ts';
import type { IntegrationScope } from '../../lambdas/core/ports.ts';
import type { LocalCloud } from '../local-cloud/start-local-cloud.ts';
import { DemoError } from './demo-error.ts';

const idSchema = z.object({ sk: z.string() });

/** Reads the mirror where it lies, in the table, so that no code of the live path stands between it and the eye. */
export class MirrorReader {
  readonly #client: DynamoDBClient;
  readonly #table: HubTable;

  constructor({ endpoints, region, credentials, tableName }: LocalCloud) {
    this.#client = new DynamoDBClient({ endpoint: endpoints.dynamodb, region, credentials });
    this.#table = { client: DynamoDBDocumentClient.from(this.#client), name: tableName };
  }

  /** Every record of a resource. An item that is no readable record is a fault of the mirror. */
  async *records(scope: IntegrationScope, resource: Resource): AsyncGenerator<MirrorRecord> {
    const pages = queryPages(this.#table, {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': recordsPartition(scope, resource) },
    });
    for await (const items of pages) {
      for (const item of items) {
        const record = recordOf(resource, item);
        if (record === null) throw new DemoError(`the mirror holds an unreadable item: ${idSchema.parse(item).sk}`);
        yield record;
      }
    }
  }

  close(): void {
    this.#client.destroy();
  }
}
