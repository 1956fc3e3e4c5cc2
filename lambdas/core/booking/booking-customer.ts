import * as z from 'zod';
import type { BookingCustomer, BookingDescription } from '../../connectors/connector.ts';
import { createContact } from '../contacts/create-contact.ts';
import { normalizeEmail } from '../email.ts';
import { validationFailed } from '../errors.ts';
import { contactSchema } from '../model/contact.ts';
import type { Integration } from '../model/integration.ts';
import { parsePhone } from '../phone.ts';
import type { BookingPorts } from './booking-ports.ts';
import { providerKey } from './idempotent-change.ts';

/** Whom an appointment is for, as the caller's agent gives it. */
export interface CustomerRequest {
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** The whole name, where nobody knows which part is which. */
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
}

/** Throws `validation_failed` naming the part that is missing or can't be understood. */
export function readCustomer(
  customer: CustomerRequest,
  integration: Integration,
  booking: BookingDescription | undefined,
  providerName: string,
): Omit<BookingCustomer, 'contactId'> {
  const email = customer.email === null ? null : normalizeEmail(customer.email);
  if (customer.email !== null && email === null) throw validationFailed('customer.email', 'is not an e-mail address');
  const phone = customer.phone === null ? null : parsePhone(customer.phone, integration.config.defaultCountry).e164;
  if (customer.phone !== null && phone === null) {
    throw validationFailed('customer.phone', 'is not a telephone number with a country code, e.g. +442079460018');
  }
  const given = [customer.firstName, customer.lastName].filter((part) => part !== null).join(' ');
  const name = customer.name ?? given;
  if (name === '') throw validationFailed('customer.name', 'is required');
  for (const need of booking?.customerNeeds ?? []) {
    if ({ name, email, phone }[need] === null)
      throw validationFailed(`customer.${need}`, `is needed by ${providerName}`);
  }
  const { firstName, lastName } = customer;
  const parts = firstName === null && lastName === null ? partsOf(name) : { firstName, lastName };
  return { ...parts, name, email, phone };
}

/** A whole name, as far as anybody can tell: its first word, and the rest where there is more. None is invented. */
function partsOf(name: string): Pick<BookingCustomer, 'firstName' | 'lastName'> {
  const [firstName = name, ...others] = name.trim().split(/\s+/);
  return { firstName, lastName: others.join(' ') || null };
}

const createdSchema = z.looseObject({ contact: contactSchema });

/**
 * The customer's record at the provider, where an appointment needs one: somebody whom the mirror or the provider
 * knows, or a new one. Under the booking's own key, so that a repeated booking creates nobody twice.
 */
export async function customerRecord(
  ports: BookingPorts,
  integration: Integration,
  customer: Omit<BookingCustomer, 'contactId'>,
  request: { readonly key: string; readonly deadline: number },
): Promise<string> {
  const { firstName, lastName, email, phone } = customer;
  const answer = await createContact(ports, {
    workspaceId: integration.workspaceId,
    integrationId: integration.integrationId,
    idempotencyKey: `booking-${providerKey(integration, 'customer', request.key, customer)}`,
    firstName,
    lastName,
    email,
    phone,
    company: null,
    deadlineMs: Math.max(0, request.deadline - ports.clock.now()),
  });
  return createdSchema.parse(answer).contact.id;
}
