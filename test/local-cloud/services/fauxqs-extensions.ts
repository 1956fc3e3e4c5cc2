import type { buildApp } from 'fauxqs';

interface SendResult {
  MessageId?: string;
  Successful?: { Id: string; MessageId: string }[];
}

interface ReceiveResult {
  Messages?: { MessageId: string; Attributes?: Record<string, string> }[];
}

interface SqsRequest {
  MessageGroupId?: string;
  Entries?: { Id: string; MessageGroupId?: string }[];
  AttributeNames?: string[];
  MessageSystemAttributeNames?: string[];
}

/**
 * Keeps `MessageGroupId` on standard queues (SQS fair queues), which fauxqs takes and forgets: a consumer that
 * asks for it gets it back with the message. Ordering and fairness are not emulated.
 */
export function keepMessageGroups(app: ReturnType<typeof buildApp>): void {
  const groups = new Map<string, string>();
  app.addHook('preSerialization', async (request, _reply, payload) => {
    const action = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    const body = (typeof request.body === 'string' ? JSON.parse(request.body) : request.body) as SqsRequest | undefined;
    if (action === 'SendMessage') remember(groups, (payload as SendResult).MessageId, body?.MessageGroupId);
    if (action === 'SendMessageBatch') {
      for (const { Id, MessageId } of (payload as SendResult).Successful ?? []) {
        remember(groups, MessageId, body?.Entries?.find((entry) => entry.Id === Id)?.MessageGroupId);
      }
    }
    if (action === 'ReceiveMessage' && wantsGroup(body)) {
      for (const message of (payload as ReceiveResult).Messages ?? []) {
        const group = groups.get(message.MessageId);
        if (group !== undefined) message.Attributes = { ...message.Attributes, MessageGroupId: group };
      }
    }
    return payload;
  });
}

function remember(groups: Map<string, string>, messageId: string | undefined, group: string | undefined): void {
  if (messageId !== undefined && group !== undefined) groups.set(messageId, group);
}

function wantsGroup(request: SqsRequest | undefined): boolean {
  const names = [...(request?.AttributeNames ?? []), ...(request?.MessageSystemAttributeNames ?? [])];
  return names.includes('All') || names.includes('MessageGroupId');
}
