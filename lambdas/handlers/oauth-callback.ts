import { outcomePage } from '../core/http/outcome-page.ts';
import { type AuthorizationOutcome, completeAuthorization } from '../core/integrations/complete-authorization.ts';
import { withOutcome } from '../core/oauth/return-url.ts';
import { type HttpAnswer, httpEndpoint } from './wiring/http-endpoint.ts';
import { createServices } from './wiring/services.ts';

const services = createServices();

/** Where every provider sends the browser after the consent, by query or (Mindbody) by form post. */
export const handler = httpEndpoint(services, {
  oauthCallback: async ({ parameters }) => answer(await completeAuthorization(services, parameters)),
  oauthCallbackForm: async ({ body }) => answer(await completeAuthorization(services, new URLSearchParams(body))),
});

function answer(outcome: AuthorizationOutcome): HttpAnswer {
  const { returnUrl, integrationId, status } = outcome;
  if (returnUrl !== null && integrationId !== null) {
    return { status: 303, html: '', headers: { location: withOutcome(returnUrl, { status, integrationId }) } };
  }
  return outcomePage(outcome);
}
