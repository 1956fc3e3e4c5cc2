import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import type { OAuthServer } from './oauth-server.ts';

export interface ConsentAccount {
  readonly id: string;
  readonly name: string;
  readonly userId: number;
}

export interface ConsentSettings {
  readonly providerName: string;
  /** Paths of the page, e.g. `/oauth/authorize`. */
  readonly paths: readonly string[];
  readonly accounts: readonly ConsentAccount[];
  /** Query parameter with scopes that the account may lack, where the provider has one. */
  readonly optionalScopeParameter: string | null;
  /** `response_type` to insist on; null where the provider wants none. */
  readonly responseType: string | null;
  /** A link without `scope` asks for what the app is registered for. @default false */
  readonly scopeMayBeLeftOut?: boolean;
  /** The answer to insist on, as `response_mode=form_post`; left out: a redirect with a query. */
  readonly responseMode?: 'form_post';
  /** Query parameters that the link must carry besides OAuth's own, e.g. `nonce`. */
  readonly requiredParameters?: readonly string[];
  /** What the page's answer says besides `code` and `state`, e.g. an id token. */
  answerMembers?(consent: GivenConsent): Readonly<Record<string, string>>;
}

/** What the owner has agreed to. */
export interface GivenConsent {
  readonly account: ConsentAccount;
  readonly scopes: readonly string[];
  readonly nonce: string | null;
}

interface ConsentRequest {
  readonly redirectUri: URL;
  readonly state: string | null;
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly challenge: string | null;
  readonly nonce: string | null;
}

/**
 * The page on which a business owner allows the hub in. It checks what the real one checks, shows which account and
 * which scopes, and its form is a real one: submitting it sends the browser back with a code, or with a refusal.
 */
export function addConsentPage(app: Hono, oauth: OAuthServer, settings: ConsentSettings): void {
  for (const path of settings.paths) {
    app.get(path, (c) => {
      const request = readRequest(new URL(c.req.url).searchParams, oauth, settings);
      if (typeof request === 'string') return c.html(problemPage(settings, request), 400);
      return c.html(consentPage(settings, request, new URL(c.req.url).searchParams));
    });
    app.post(path, async (c) => answer(c, new URLSearchParams(await c.req.text()), oauth, settings));
  }
}

function answer(c: Context, form: URLSearchParams, oauth: OAuthServer, settings: ConsentSettings) {
  const request = readRequest(form, oauth, settings);
  if (typeof request === 'string') return c.html(problemPage(settings, request), 400);
  const sendBack = (members: Readonly<Record<string, string>>) =>
    leave(c, request, settings, { ...(request.state === null ? {} : { state: request.state }), ...members });
  if (form.get('decision') !== 'approve') {
    return sendBack({ error: 'access_denied', error_description: 'The user refused the connection.' });
  }
  const { consentError } = oauth.rules;
  if (consentError) return sendBack({ error: consentError.error, error_description: consentError.description });
  const account = settings.accounts.find(({ id }) => id === form.get('account'));
  if (!account) return c.html(problemPage(settings, 'Choose one of the accounts.'), 400);
  const code = oauth.issueCode({
    account: account.id,
    userId: account.userId,
    scopes: [...request.required, ...request.optional],
    redirectUri: form.get('redirect_uri') ?? '',
    challenge: request.challenge,
    nonce: request.nonce,
  });
  const consent = { account, scopes: [...request.required, ...request.optional], nonce: request.nonce };
  return sendBack({ code, ...settings.answerMembers?.(consent) });
}

/** Sends the browser back to the app: by a redirect, or by a form that sends itself. */
function leave(
  c: Context,
  { redirectUri }: ConsentRequest,
  settings: ConsentSettings,
  members: Readonly<Record<string, string>>,
) {
  if (settings.responseMode === 'form_post') return c.html(formPostPage(redirectUri, members));
  const back = new URL(redirectUri);
  for (const [name, value] of Object.entries(members)) back.searchParams.set(name, value);
  return c.redirect(back.href, 303);
}

/** The request behind the page, or what is wrong with it in words for a person. */
function readRequest(query: URLSearchParams, oauth: OAuthServer, settings: ConsentSettings): ConsentRequest | string {
  const { rules } = oauth;
  if (query.get('client_id') !== rules.clientId) return 'This app is not known: check client_id.';
  const redirect = query.get('redirect_uri') ?? '';
  if (!URL.canParse(redirect)) return 'redirect_uri is missing or is not a URL.';
  const redirectUri = new URL(redirect);
  const local = ['localhost', '127.0.0.1'].includes(redirectUri.hostname);
  if (redirectUri.protocol !== 'https:' && !(redirectUri.protocol === 'http:' && local)) {
    return 'redirect_uri must use https, or http on this machine.';
  }
  if (settings.responseType !== null && query.get('response_type') !== settings.responseType) {
    return `response_type must be ${settings.responseType}.`;
  }
  const mode = settings.responseMode ?? null;
  if (query.get('response_mode') !== mode && (mode !== null || query.get('response_mode') !== 'query')) {
    return `response_mode must be ${mode ?? 'left out'}.`;
  }
  const lacking = (settings.requiredParameters ?? []).filter((name) => !query.get(name));
  if (lacking.length > 0) return `The link lacks ${lacking.join(', ')}.`;
  const unnamed = settings.scopeMayBeLeftOut === true && !query.has('scope');
  const required = unnamed ? rules.requiredScopes : words(query.get('scope'));
  const optional = settings.optionalScopeParameter === null ? [] : words(query.get(settings.optionalScopeParameter));
  const missing = rules.requiredScopes.filter((scope) => !required.includes(scope));
  if (missing.length > 0) return `The app needs scopes that the link does not ask for: ${missing.join(', ')}.`;
  const declared = new Set([...rules.requiredScopes, ...rules.optionalScopes, ...rules.implicitScopes]);
  const undeclared = [...required, ...optional].filter((scope) => !declared.has(scope));
  if (undeclared.length > 0) return `The link asks for scopes that the app does not declare: ${undeclared.join(', ')}.`;
  if (query.has('code_challenge') && query.get('code_challenge_method') !== 'S256') {
    return 'code_challenge_method must be S256.';
  }
  if (rules.pkceRequired && !query.has('code_challenge')) return 'code_challenge is required.';
  return {
    redirectUri,
    state: query.get('state'),
    required,
    optional,
    challenge: query.get('code_challenge'),
    nonce: query.get('nonce'),
  };
}

function words(text: string | null): string[] {
  return (text ?? '').split(' ').filter((word) => word !== '');
}

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;color:#1b1f23;background:#f4f5f7;margin:0}
main{max-width:34rem;margin:3rem auto;padding:2rem;background:#fff;border:1px solid #c9ced6;border-radius:.5rem}
fieldset{border:1px solid #c9ced6;border-radius:.25rem;margin:1rem 0}label{display:block;padding:.25rem 0}
button{font:inherit;padding:.6rem 1.4rem;border-radius:.25rem;border:2px solid #14539a;margin-right:.75rem;cursor:pointer}
button[value=approve]{background:#14539a;color:#fff}button[value=deny]{background:#fff;color:#14539a}
:focus-visible{outline:3px solid #b35900;outline-offset:2px}`;

function page(title: string, content: ReturnType<typeof html>) {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${STYLE}</style></head><body><main>${content}</main></body></html>`;
}

/** OAuth 2.0 Form Post Response Mode: the browser posts the answer to the app by itself. */
function formPostPage(action: URL, members: Readonly<Record<string, string>>) {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Back to the app</title></head><body onload="document.forms[0].submit()">
<form method="post" action="${action.href}">
${Object.entries(members).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<noscript><button type="submit">Continue</button></noscript>
</form></body></html>`;
}

function problemPage(settings: ConsentSettings, problem: string) {
  return page(
    `${settings.providerName} sandbox: cannot connect`,
    html`<h1>This connection cannot be started</h1><p role="alert">${problem}</p>`,
  );
}

function consentPage(settings: ConsentSettings, request: ConsentRequest, query: URLSearchParams) {
  const scopes = [...request.required, ...request.optional];
  return page(
    `${settings.providerName} sandbox: connect an app`,
    html`<h1>Connect Integration Hub to ${settings.providerName}</h1>
<p>This is a sandbox: no real account is touched. After your choice you return to ${request.redirectUri.host}.</p>
<form method="post">
${[...query].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<fieldset><legend>Account</legend>
${settings.accounts.map(
  ({ id, name }, position) =>
    html`<label><input type="radio" name="account" value="${id}"${position === 0 ? ' checked' : ''}> ${name}</label>`,
)}
</fieldset>
<h2>The app will be allowed to use</h2>
<ul>${scopes.map((scope) => html`<li>${scope}</li>`)}</ul>
<p><button type="submit" name="decision" value="approve">Approve</button>
<button type="submit" name="decision" value="deny">Deny</button></p>
</form>`,
  );
}
