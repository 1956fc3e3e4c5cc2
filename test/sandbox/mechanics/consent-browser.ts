import type { ConsentChoice } from '../sandbox-client.ts';

/** Where a consent page sends the browser back to. */
export interface ConsentReturn {
  readonly url: string;
  /** What the browser posts there (`response_mode=form_post`); null: it simply goes there. */
  readonly form: URLSearchParams | null;
}

/** Opens a consent page and fills its form in as a person would, up to the step back to the app. */
export async function answerConsent(
  pageUrl: string,
  choice: ConsentChoice,
  send: (url: string, init: RequestInit) => Promise<Response> = fetch,
): Promise<ConsentReturn> {
  const shown = await send(pageUrl, { redirect: 'manual' });
  const page = await shown.text();
  if (!shown.ok) throw new Error(`the consent page refuses (${shown.status}): ${problemOn(page)}`);
  const form = fieldsOf(page);
  if (choice.account !== undefined) form.set('account', choice.account);
  form.set('decision', choice.decision ?? 'approve');
  const answer = await send(pageUrl, { method: 'POST', body: form, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location !== null) return { url: location, form: null };
  const next = await answer.text();
  const [, action] = /<form method="post" action="([^"]*)">/.exec(next) ?? [];
  if (!answer.ok || action === undefined) {
    throw new Error(`the consent page refuses (${answer.status}): ${problemOn(next)}`);
  }
  return { url: unescaped(action), form: fieldsOf(next) };
}

/** Takes the browser back to the app; the answer is the app's page. */
export function goBack({ url, form }: ConsentReturn, init: RequestInit = {}): Promise<Response> {
  return fetch(url, form === null ? init : { ...init, method: 'POST', body: form });
}

/** As a browser would submit the page's form. */
function fieldsOf(page: string): URLSearchParams {
  const form = new URLSearchParams();
  for (const [tag] of page.matchAll(/<input\b[^>]*>/g)) {
    const name = attribute(tag, 'name');
    if (name === null || (attribute(tag, 'type') === 'radio' && !/\schecked\b/.test(tag))) continue;
    form.append(name, attribute(tag, 'value') ?? '');
  }
  return form;
}

function attribute(tag: string, name: string): string | null {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? null : unescaped(value);
}

function problemOn(page: string): string {
  return unescaped(/role="alert">([^<]*)</.exec(page)?.[1] ?? 'no reason given');
}

function unescaped(text: string): string {
  const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
}
