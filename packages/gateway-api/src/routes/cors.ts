/** A CORS filter as a rule or a TrafficPolicy writes it. */

import type { FilterInput } from '@headgate/config'

import type { CorsBody } from '../resources/filters.ts'

export function corsFilter(cors: CorsBody): Extract<FilterInput, { readonly type: 'CORS' }> {
  const { allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials, maxAge } = cors
  return { type: 'CORS', allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials, maxAge }
}
