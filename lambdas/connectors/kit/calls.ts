/** What every connector's calls have in common. */
import type * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import type { ProviderHttp, ProviderRequest } from '../../core/provider-http/provider-http.ts';

/** For calls that expect no status but success: answers the body. */
export async function send<Schema extends z.ZodType>(
  http: ProviderHttp,
  request: Omit<ProviderRequest<Schema>, 'expectStatuses'>,
): Promise<z.infer<Schema>> {
  const { data } = await http.request(request);
  if (data === null) throw unreadable('The provider', request.operation);
  return data;
}

/** An answer that makes no sense, though its status is good. */
export function unreadable(provider: string, what: string): HubError {
  return new HubError('provider_unavailable', { detail: `${provider} gave an unreadable answer to ${what}.` });
}
