import { createConnector } from '../../../lambdas/connectors/calendly/index.ts';
import { ConnectedAccount } from '../mechanics/connected-account.ts';
import { createCalendly } from './calendly.ts';
import type { ContactTruth, EventTruth, EventTypeTruth } from './calendly-control.ts';
import { ACCOUNTS } from './seed.ts';
import type { CalendlyPatch } from './settings.ts';

interface Truths {
  readonly contacts: ContactTruth;
  readonly services: EventTypeTruth;
  readonly appointments: EventTruth;
}

/** For tests: the connector with an account of the sandbox's Calendly; new contacts show at once. */
export class ConnectedCalendly extends ConnectedAccount<Truths> {
  /** @param user which account consents: 0 is the owner, 1 a plain member. */
  constructor(settings: CalendlyPatch & { contacts?: number; user?: 0 | 1 } = {}) {
    const { contacts = 40, user = 0, ...patch } = settings;
    const accountId = ACCOUNTS[user]?.id ?? '';
    super(createCalendly, { connector: createConnector(), accountId, contacts, settings: { listLagMs: 0, ...patch } });
  }
}
