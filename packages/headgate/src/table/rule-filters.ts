/** The filters of a rule and its backendRefs, sorted by what they do. Order within a kind is that of the config. */

import type {
  FilterConfig,
  HeaderFilterConfig,
  MirrorFilterConfig,
  RedirectFilterConfig,
  RewriteFilterConfig,
} from '@headgate/config'
import { CorsPolicy } from '../filters/cors.ts'
import { MirrorShare } from '../filters/mirror.ts'

/** What answers by itself, before anything is limited or sent. */
export interface AnsweringFilters {
  /** A filter that is not known: the rule fails closed. */
  readonly unresolved: string | undefined
  readonly redirect: RedirectFilterConfig | undefined
  readonly cors: CorsPolicy | undefined
}

/** What changes requests and replies on their way. */
export interface PassingFilters {
  readonly request: readonly HeaderFilterConfig[]
  readonly response: readonly HeaderFilterConfig[]
  readonly rewrites: readonly RewriteFilterConfig[]
  readonly mirrors: readonly Mirror[]
}

export interface Mirror {
  /** Name of the backend. */
  readonly backend: string
  readonly share: MirrorShare
}

export function answeringFilters(filters: readonly FilterConfig[]): AnsweringFilters {
  const unresolved = filters.find((filter) => filter.type === 'Unresolved')
  const redirect = filters.find((filter) => filter.type === 'RequestRedirect')
  const cors = filters.find((filter) => filter.type === 'CORS')
  return {
    unresolved: unresolved?.reason,
    redirect,
    cors: cors === undefined ? undefined : new CorsPolicy(cors),
  }
}

/** A mirror that `former` had with the same share goes on where it was. */
export function passingFilters(filters: readonly FilterConfig[], former: PassingFilters | undefined): PassingFilters {
  const mirrors = filters.filter((filter) => filter.type === 'RequestMirror')
  return {
    request: filters.filter((filter): filter is HeaderFilterConfig => filter.type === 'RequestHeaderModifier'),
    response: filters.filter((filter): filter is HeaderFilterConfig => filter.type === 'ResponseHeaderModifier'),
    rewrites: filters.filter((filter) => filter.type === 'URLRewrite'),
    mirrors: mirrors.map((filter, index) => planMirror(filter, former?.mirrors[index])),
  }
}

function planMirror(filter: MirrorFilterConfig, former: Mirror | undefined): Mirror {
  const { backend, numerator, denominator } = filter
  const same =
    former?.backend === backend && former.share.numerator === numerator && former.share.denominator === denominator
  return same ? former : { backend, share: new MirrorShare(filter) }
}
