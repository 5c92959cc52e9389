/** The public names of `@headgate/matcher`. */

export type { Facts, Match, MatchTable, PathMatch, Route, Row, Rule, ValueMatch } from './rule.ts'
export { MatchError, type MatchErrorCode } from './match-error.ts'
export { hostnameProblem, normaliseHost } from './hostname.ts'
export { pathProblem } from './path.ts'
export { patternProblem } from './pattern/pattern.ts'
export { precedence, type Precedence, type TieBreak } from './precedence.ts'
export { compile } from './compile.ts'
export { match } from './match.ts'
export { scan, type Miss } from './scan.ts'
export { explain, type Explanation, type Loser, type Loss } from './explain.ts'
