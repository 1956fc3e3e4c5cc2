/** A provider's API as its client calls it: paths, a schema for each answer, and the options that differ. */
import type * as z from 'zod';
import type { ProviderHttp, ProviderRequest, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import { unreadable } from './calls.ts';

type Method = ProviderRequest<z.ZodType>['method'];
type Options = Partial<Omit<ProviderRequest<z.ZodType>, 'operation' | 'method' | 'url' | 'schema'>>;

/** @param headers sent with every call. */
export function apiAt(base: string, providerName: string, headers: Readonly<Record<string, string>> = {}) {
  function requestOf<Schema extends z.ZodType>(
    call: readonly [operation: string, method: Method, path: string],
    schema: Schema,
    options: Options,
  ): ProviderRequest<Schema> {
    const [operation, method, path] = call;
    return {
      ...options,
      operation,
      method,
      url: `${base}${path}`,
      schema,
      headers: { ...headers, ...options.headers },
    };
  }

  return {
    /** The body of an answer whose status is good. */
    async call<Schema extends z.ZodType>(
      http: ProviderHttp,
      call: readonly [operation: string, method: Method, path: string],
      schema: Schema,
      options: Omit<Options, 'expectStatuses'> = {},
    ): Promise<z.infer<Schema>> {
      const { data } = await http.request(requestOf(call, schema, options));
      if (data === null) throw unreadable(providerName, call[0]);
      return data;
    },

    /** The body, or null when the answer has one of `statuses`: 404 of something that may not be there. */
    async find<Schema extends z.ZodType>(
      http: ProviderHttp,
      call: readonly [operation: string, method: Method, path: string],
      schema: Schema,
      statuses: readonly number[],
      options: Options = {},
    ): Promise<z.infer<Schema> | null> {
      return (await http.request(requestOf(call, schema, { ...options, expectStatuses: statuses }))).data;
    },

    /** The whole answer, for those who read its status, its headers or a refusal. */
    answer<Schema extends z.ZodType>(
      http: ProviderHttp,
      call: readonly [operation: string, method: Method, path: string],
      schema: Schema,
      options: Options = {},
    ): Promise<ProviderResponse<z.infer<Schema>>> {
      return http.request(requestOf(call, schema, options));
    },
  };
}
