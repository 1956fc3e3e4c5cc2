import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { TABLE } from '../core/names.ts';
import type { BookedCalendar, BookingLocks } from '../core/ports.ts';
import { conditionHeld, epochSeconds, type HubTable } from './hub-table.ts';
import { bookingLockKey } from './table-keys.ts';

/** One item per calendar that is being booked; TTL clears up after holders that died. */
export class DynamoBookingLocks implements BookingLocks {
  readonly #table: HubTable;

  constructor(table: HubTable) {
    this.#table = table;
  }

  acquire(
    calendar: BookedCalendar,
    { owner, now, until }: { readonly owner: string; readonly now: number; readonly until: number },
  ): Promise<boolean> {
    return conditionHeld(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.name,
          Item: { ...bookingLockKey(calendar), owner, until, [TABLE.ttl]: epochSeconds(until) },
          ConditionExpression: 'attribute_not_exists(pk) OR #until <= :now OR #owner = :owner',
          ExpressionAttributeNames: { '#until': 'until', '#owner': 'owner' },
          ExpressionAttributeValues: { ':now': now, ':owner': owner },
        }),
      ),
    );
  }

  async release(calendar: BookedCalendar, owner: string): Promise<void> {
    await conditionHeld(
      this.#table.client.send(
        new DeleteCommand({
          TableName: this.#table.name,
          Key: bookingLockKey(calendar),
          ConditionExpression: '#owner = :owner',
          ExpressionAttributeNames: { '#owner': 'owner' },
          ExpressionAttributeValues: { ':owner': owner },
        }),
      ),
    );
  }
}
