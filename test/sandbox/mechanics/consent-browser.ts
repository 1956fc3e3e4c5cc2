/** Opens a consent page, fills its form in as a person would, and answers the redirect's address. */
export async function submitConsent(
  pageUrl: string,
  choice: { readonly decision?: 'approve' | 'deny'; readonly account?: string },
): Promise<string> {
  const shown = await fetch(pageUrl, { redirect: 'manual' });
  const page = await shown.text();
  if (!shown.ok) throw new Error(`the consent page refuses (${shown.status}): ${problemOn(page)}`);
  const form = new URLSearchParams();
  for (const [tag] of page.matchAll(/<input\b[^>]*>/g)) {
    const name = attribute(tag, 'name');
    if (name === null || (attribute(tag, 'type') === 'radio' && !/\schecked\b/.test(tag))) continue;
    form.append(name, attribute(tag, 'value') ?? '');
  }
  if (choice.account !== undefined) form.set('account', choice.account);
  form.set('decision', choice.decision ?? 'approve');
  const answer = await fetch(pageUrl, { method: 'POST', body: form, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location === null)
    throw new Error(`the consent page refuses (${answer.status}): ${problemOn(await answer.text())}`);
  return location;
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
