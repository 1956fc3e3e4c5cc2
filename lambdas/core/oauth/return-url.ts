import { validationFailed } from '../errors.ts';

/**
 * Checks a `returnUrl` against the stage's allow-list of origins, so that the callback can never be used to send a
 * browser somewhere else.
 *
 * @returns the URL in its canonical form. Throws `validation_failed` on `returnUrl`.
 */
export function checkReturnUrl(returnUrl: string, allowedOrigins: readonly string[]): string {
  let url: URL;
  try {
    url = new URL(returnUrl);
  } catch {
    throw validationFailed('returnUrl', 'is not an absolute URL');
  }
  // `blob:` URLs have the origin of the page inside them, and `user@host` reads like another host.
  const isPlain = /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (!isPlain || !allowedOrigins.includes(url.origin)) {
    throw validationFailed('returnUrl', `its origin is not among those allowed for this stage`);
  }
  return url.toString();
}

/** The return URL with the outcome of the consent in its query. */
export function withOutcome(returnUrl: string, outcome: { status: string; integrationId: string }): string {
  const url = new URL(returnUrl);
  url.searchParams.set('status', outcome.status);
  url.searchParams.set('integrationId', outcome.integrationId);
  return url.toString();
}
