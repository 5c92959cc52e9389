/** Stage 4: filters that answer by themselves. Nothing is limited, chosen or sent for such a request. */

import { isPreflight } from '../filters/cors.ts'
import { redirectAnswer } from '../filters/redirect.ts'
import type { Answer } from '../answers.ts'
import type { Incoming } from '../request/incoming.ts'
import type { AnsweringFilters } from '../table/rule-filters.ts'
import type { Matched } from './matched.ts'

export function answerByFilter(filters: AnsweringFilters, incoming: Incoming, matched: Matched): Answer | undefined {
  if (filters.unresolved !== undefined) return { code: 'filter_unresolved' }
  if (filters.cors !== undefined && isPreflight(incoming)) {
    const { status, headers } = filters.cors.preflight(incoming)
    return { code: 'cors_preflight', bare: { status, headers } }
  }
  if (filters.redirect === undefined) return undefined
  const { protocol: scheme, host = '' } = incoming.caller
  const { path, search } = incoming
  const { prefix: matchedPrefix, listenerPort } = matched
  const redirect = redirectAnswer(filters.redirect, { scheme, host, listenerPort, path, search, matchedPrefix })
  if (redirect === undefined) return { code: 'bad_host' }
  const headers = ['location', redirect.location, 'content-length', '0']
  return { code: 'redirect', bare: { status: redirect.status, headers } }
}

/** Pages of allowed origins may read headgate's own answers as well: without these fields a 429 looks to them like a broken network. */
export function withCors(answer: Answer, { cors }: AnsweringFilters, incoming: Incoming): Answer {
  if (cors === undefined || answer.code === 'cors_preflight') return answer
  const { bare } = answer
  const headers = [...(bare?.headers ?? answer.headers ?? [])]
  cors.apply(headers, incoming.header('origin'))
  return bare === undefined ? { ...answer, headers } : { ...answer, bare: { ...bare, headers } }
}
