/** The part of a rule's paths that its session cookie is for. It knows no cookies but their syntax. */

import type { MatchConfig } from '@headgate/config'

/** RFC 6265 path-value, one element of it. */
const element = /^[\x21-\x3a\x3c-\x7e]*$/

/** The whole elements that all paths begin with; `/` where a match takes any path, or has a pattern. */
export function cookiePath(matches: readonly MatchConfig[]): string {
  let common: readonly string[] | undefined
  for (const { path } of matches) {
    if (path === undefined || path.type === 'RegularExpression') return '/'
    const elements = path.value.split('/').slice(1)
    if (elements.at(-1) === '') elements.pop()
    common = common === undefined ? elements : sharedStart(common, elements)
  }
  const carried = common ?? []
  const odd = carried.findIndex((text) => !element.test(text))
  return `/${(odd === -1 ? carried : carried.slice(0, odd)).join('/')}`
}

function sharedStart(one: readonly string[], other: readonly string[]): readonly string[] {
  const end = one.findIndex((text, index) => text !== other[index])
  return end === -1 ? one : one.slice(0, end)
}
