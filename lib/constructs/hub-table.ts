import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TABLE } from '../../lambdas/core/names.ts';
import type { StageConfig } from '../stage-config.ts';
import type { HubFunction } from './hub-function.ts';

/** What a function may do with items. Only these: nothing scans, and nothing runs PartiQL or changes the table. */
export type TableAction =
  | 'GetItem'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'Query'
  | 'BatchGetItem'
  | 'BatchWriteItem';

export interface HubTableProps {
  readonly settings: StageConfig;
}

/** The one table: integrations, sealed credentials, sync state, runs, and the mirror. */
export class HubTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: HubTableProps) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: TABLE.ttl,
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Sparse: only items that carry the directory attribute are in it, and only their keys.
      globalSecondaryIndexes: [
        {
          indexName: TABLE.directoryIndex,
          partitionKey: { name: TABLE.directoryKey, type: AttributeType.STRING },
          sortKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
      deletionProtection: props.settings.stage === 'prod',
      removalPolicy: RemovalPolicy[props.settings.removalPolicy === 'retain' ? 'RETAIN' : 'DESTROY'],
    });
  }

  /** Lets a function do exactly these things with items, and tells it the table's name. */
  grant(fn: HubFunction, actions: readonly TableAction[]): void {
    this.allow(fn, actions, this.table.tableArn);
  }

  /** Lets a function walk over all integrations. */
  grantDirectory(fn: HubFunction): void {
    this.allow(fn, ['Query'], `${this.table.tableArn}/index/${TABLE.directoryIndex}`);
  }

  private allow(fn: HubFunction, actions: readonly TableAction[], resource: string): void {
    fn.allow(new PolicyStatement({ actions: actions.map((action) => `dynamodb:${action}`), resources: [resource] }));
    fn.setVariable('tableName', this.table.tableName);
  }
}
