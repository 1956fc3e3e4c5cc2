import * as z from 'zod';
import { createContact } from '../core/contacts/create-contact.ts';
import { lookupContact, requireLookupKey } from '../core/contacts/lookup-contact.ts';
import { contracted, httpEndpoint } from './wiring/http-endpoint.ts';
import { createServices } from './wiring/services.ts';

const services = createServices();
const creation = z.object({ created: z.boolean() });

/** The live path: who is calling, and keeping someone new. */
export const handler = httpEndpoint(services, {
  lookupContact: contracted('lookupContact', async ({ path, query }) => {
    const { phone = null, email = null, deadlineMs } = query;
    requireLookupKey(phone, email);
    return {
      status: 200,
      json: await lookupContact(services, { workspaceId: path.workspaceId, phone, email, deadlineMs }),
    };
  }),
  createContact: contracted('createContact', async ({ path, body, idempotencyKey }) => {
    const answer = await createContact(services, {
      workspaceId: path.workspaceId,
      idempotencyKey,
      integrationId: body.integrationId ?? null,
      firstName: body.firstName ?? null,
      lastName: body.lastName ?? null,
      email: body.email ?? null,
      phone: body.phone ?? null,
      company: body.company ?? null,
      deadlineMs: body.deadlineMs,
    });
    return { status: creation.parse(answer).created ? 201 : 200, json: answer };
  }),
});
