import { outcomePage } from '../core/http/outcome-page.ts';
import { type AuthorizationOutcome, completeAuthorization } from '../core/integrations/complete-authorization.ts';
import { withOutcome } from '../core/oauth/return-url.ts';
import { type HttpAnswer, httpEndpoint } from './wiring/http-endpoint.ts';
import { createServices } from './wiring/services.ts';

const services = createServices();

/** Where every provider sends the browser after the consent, by query or (Mindbody) by form post. */
export const handler = httpEndpoint(services, {
  oauthCallback: async ({ query }) => answer(await completeAuthorization(services, parametersOf(query))),
  oauthCallbackForm: async ({ body }) => answer(await completeAuthorization(services, new URLSearchParams(body))),
});

function parametersOf(query: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
  return parameters;
}

function answer(outcome: AuthorizationOutcome): HttpAnswer {
  const { returnUrl, integrationId, status } = outcome;
  if (returnUrl !== null && integrationId !== null) {
    return { status: 303, html: '', headers: { location: withOutcome(returnUrl, { status, integrationId }) } };
  }
  return outcomePage(outcome);
}
