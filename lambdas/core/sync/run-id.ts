import { createHash } from 'node:crypto';
import { v7 } from 'uuid';

/** Run ids sort by time, so the log of an integration reads in order. */
export const RUN_ID_PATTERN = /^run_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** @param now epoch ms. */
export function newRunId(now: number): string {
  return `run_${v7({ msecs: now })}`;
}

/**
 * The run of a message that names none (a schedule's): the same for every delivery of the same message, so that a
 * redelivery goes on with the run instead of starting another.
 */
export function runIdOfMessage(messageId: string, sentAt: number): string {
  const random = createHash('sha256').update(messageId).digest().subarray(0, 16);
  // A fixed sequence keeps the id a pure function of the message.
  return `run_${v7({ msecs: sentAt, random, seq: random.readUInt32BE(0) })}`;
}
