/** Refuses a route that says what no request can mean. Knows neither rows nor the index. */

import { hostnameProblem } from './hostname.ts'
import { MatchError, type MatchErrorCode } from './match-error.ts'
import { pathProblem } from './path.ts'
import { patternProblem } from './pattern/pattern.ts'
import type { Match, PathMatch, Route, ValueMatch } from './rule.ts'

/** RFC 9110 section 5.6.2: names of methods and header fields. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** The regular expressions of the route. Throws `MatchError` for the first thing that is invalid. */
export function checkRoute(route: Route<unknown>): readonly string[] {
  const patterns: string[] = []
  for (const hostname of route.hostnames ?? []) {
    refuseIf(hostnameProblem(hostname), 'INVALID_HOSTNAME', route, 'host name', hostname)
  }
  for (const [ruleIndex, rule] of route.rules.entries()) {
    for (const [matchIndex, match] of (rule.matches ?? []).entries()) {
      checkMatch(route, match, `rule ${ruleIndex}, match ${matchIndex}`, patterns)
    }
  }
  return patterns
}

function checkMatch(route: Route<unknown>, match: Match, where: string, patterns: string[]): void {
  const { path, method, headers = [], query = [] } = match
  if (path !== undefined) {
    const code = path.type === 'RegularExpression' ? 'INVALID_PATTERN' : 'INVALID_PATH'
    refuseIf(pathProblem(path), code, route, `${where}, path`, path.value)
    addPattern(path, patterns)
  }
  if (method !== undefined && !token.test(method)) {
    refuseIf('must be the name of a method, such as "POST"', 'INVALID_METHOD', route, `${where}, method`, method)
  }
  for (const header of headers) {
    const problem = token.test(header.name) ? undefined : 'must be the name of a header field'
    refuseIf(problem, 'INVALID_NAME', route, `${where}, header name`, header.name)
    checkValue(route, header, `${where}, header ${JSON.stringify(header.name)}`, patterns)
  }
  for (const parameter of query) {
    const problem = parameter.name === '' ? 'must not be empty' : undefined
    refuseIf(problem, 'INVALID_NAME', route, `${where}, query name`, parameter.name)
    checkValue(route, parameter, `${where}, query ${JSON.stringify(parameter.name)}`, patterns)
  }
}

function checkValue(route: Route<unknown>, match: ValueMatch, where: string, patterns: string[]): void {
  if (match.type === 'RegularExpression') {
    refuseIf(patternProblem(match.value), 'INVALID_PATTERN', route, where, match.value)
  }
  addPattern(match, patterns)
}

function addPattern({ type, value }: PathMatch | ValueMatch, patterns: string[]): void {
  if (type === 'RegularExpression') patterns.push(value)
}

function refuseIf(
  problem: string | undefined,
  code: MatchErrorCode,
  route: Route<unknown>,
  where: string,
  value: string,
): void {
  if (problem === undefined) return
  throw new MatchError(code, `route ${JSON.stringify(route.name)}, ${where}`, route.name, value, problem)
}
