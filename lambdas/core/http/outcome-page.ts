import type { AuthorizationOutcome } from '../integrations/complete-authorization.ts';

const TITLES: Readonly<Record<AuthorizationOutcome['status'], string>> = {
  connected: 'Connected',
  denied: 'Not connected',
  expired: 'Link expired',
  failed: 'Connection failed',
};
const STATUS_CODES: Readonly<Record<AuthorizationOutcome['status'], number>> = {
  connected: 200,
  denied: 200,
  expired: 400,
  failed: 502,
};

/** The page for a browser that ends at the callback: no scripts, no outside resources, one heading, plain words. */
export function outcomePage(outcome: AuthorizationOutcome): {
  status: number;
  html: string;
  headers: Record<string, string>;
} {
  const title = TITLES[outcome.status];
  const account =
    outcome.accountName === null ? '' : `<p>Account: <strong>${escapeHtml(outcome.accountName)}</strong></p>`;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; }
main { max-width: 32rem; padding: 2rem; }
h1 { font-size: 1.75rem; margin: 0 0 1rem; }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p role="status">${escapeHtml(outcome.message)}</p>
${account}
<p>You can close this window.</p>
</main>
</body>
</html>
`;
  return {
    status: STATUS_CODES[outcome.status],
    html,
    headers: {
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      // The address of this page holds the code and the state.
      'referrer-policy': 'no-referrer',
    },
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
