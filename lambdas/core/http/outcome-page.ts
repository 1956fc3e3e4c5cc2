import type { AuthorizationOutcome } from '../integrations/complete-authorization.ts';

const TITLES: Readonly<Record<AuthorizationOutcome['status'], string>> = {
  connected: 'Connected',
  action_required: 'One more step',
  approved: 'Approved',
  denied: 'Not connected',
  expired: 'Link expired',
  failed: 'Connection failed',
};
const STATUS_CODES: Readonly<Record<AuthorizationOutcome['status'], number>> = {
  connected: 200,
  action_required: 200,
  approved: 200,
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
li { margin: 0 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; margin: 0 0 1rem; }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p role="status">${escapeHtml(outcome.message)}</p>
${account}${stepList(outcome.steps)}
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

/** Links go to https addresses only; a step with another one is shown without it. */
function stepList(steps: AuthorizationOutcome['steps']): string {
  if (steps.length === 0) return '';
  const items = steps.map(({ title, detail, url }) => {
    const host = url !== null && URL.canParse(url) && new URL(url).protocol === 'https:' ? new URL(url).host : null;
    const link =
      url === null || host === null
        ? ''
        : ` <a href="${escapeHtml(url)}" rel="noopener noreferrer">Continue at ${escapeHtml(host)}</a>`;
    return `<li><strong>${escapeHtml(title)}</strong><br>${escapeHtml(detail)}${link}</li>`;
  });
  return `\n<ol>\n${items.join('\n')}\n</ol>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
