/** What a reader of a refused config is told: where, what is wrong, what would be accepted. It knows no schema. */

import { nearest } from './nearest.ts'

/** One thing that is wrong with a config, or doubtful. */
export interface Problem {
  /** Keys and indexes from the root. */
  readonly path: readonly (string | number)[]
  /** The same for people, with names where they are known: `routes["gpt-4"].rules[0].backends[0].backend`. */
  readonly at: string
  /** What was found: short plain values as they are, everything else described in words. Credentials are never shown. */
  readonly value: unknown
  /** What is wrong. */
  readonly message: string
  /** What would be accepted. */
  readonly expected: string
  /** The known key or declared name that was probably meant. */
  readonly nearest?: string
}

/** More than anybody reads; a broken generator must not fill the memory. */
const maxProblems = 1000

/** Comparisons of names for one config: well under a second. */
const maxComparisons = 200_000

/** How many problems a message lists. */
const maxLines = 50

const marker = Symbol.for('headgate.ConfigError')

/** A config was refused. The message lists every problem on a line of its own; `problems` has them as data. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'HEADGATE_CONFIG'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(listProblems(problems))
    this.problems = problems
    Object.defineProperty(this, marker, { value: true })
  }

  /** True also for an error of another copy of this package, where `instanceof` fails. */
  static isInstance(error: unknown): error is ConfigError {
    return typeof error === 'object' && error !== null && marker in error
  }
}

function listProblems(problems: readonly Problem[]): string {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  const lines = problems.slice(0, maxLines).map((problem) => `  ${describeProblem(problem)}`)
  if (problems.length > maxLines) lines.push(`  and ${problems.length - maxLines} more`)
  return [`The gateway config has ${count}:`, ...lines].join('\n')
}

/** A problem in one line: `limits["free"].tokens: found 0; expected tokens: an integer from 1`. */
export function describeProblem(problem: Problem): string {
  const place = problem.at === '' ? 'the config' : problem.at
  const hint = problem.nearest === undefined ? '' : ` (did you mean ${JSON.stringify(problem.nearest)}?)`
  return `${place}: ${problem.message}; expected ${problem.expected}${hint}`
}

/** Gathers problems up to a bound; what is beyond it is counted. */
export class ProblemList {
  readonly #problems: Omit<Problem, 'at'>[] = []
  #unlisted = 0
  #comparisons = maxComparisons

  /** A problem that says the same of the same place as the one before is dropped: several checks may fail for one reason. */
  add(problem: Omit<Problem, 'at'>): void {
    const last = this.#problems.at(-1)
    if (last !== undefined && isSame(last, problem)) return
    if (this.#problems.length < maxProblems) this.#problems.push(problem)
    else this.#unlisted++
  }

  /** The field `nearest` of a problem, where there is one. Long lists of names and many problems use up what is spent on it. */
  hint(wanted: string, names: ReadonlySet<string> | readonly string[]): { readonly nearest?: string } {
    const count = Array.isArray(names) ? names.length : (names as ReadonlySet<string>).size
    if (count > this.#comparisons || this.#problems.length >= maxProblems) return {}
    this.#comparisons -= count
    const found = nearest(wanted, names)
    return found === undefined || found === wanted ? {} : { nearest: found }
  }

  /** In the order in which they were found. `root` is the plain data that the paths lead into: its names make them readable. */
  all(root: unknown): readonly Problem[] {
    const labels = new Labels()
    const problems = this.#problems.map((problem) => ({ ...problem, at: placeOf(problem.path, root, labels) }))
    if (this.#unlisted === 0) return problems
    const message = `${this.#unlisted} further problems are not listed`
    return [
      ...problems,
      { path: [], at: '', value: undefined, message, expected: 'the ones above to be put right first' },
    ]
  }
}

function isSame(a: Omit<Problem, 'at'>, b: Omit<Problem, 'at'>): boolean {
  if (a.expected !== b.expected || a.message !== b.message || a.path.length !== b.path.length) return false
  return a.path.every((key, index) => key === b.path[index])
}

const longestShown = 80

/** A value as a problem holds it: short plain values as they are, others in words, nothing nested. */
export function shown(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= longestShown ? value : `${value.slice(0, longestShown)}…`
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return value
  if (Array.isArray(value)) return value.length === 1 ? 'a list of 1 item' : `a list of ${value.length} items`
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** A value inside a sentence. */
export function quoted(value: unknown): string {
  const short = shown(value)
  return typeof value === 'string' ? JSON.stringify(short) : String(short)
}

/** Lists whose items carry a name. */
const named = new Set(['listeners', 'backends', 'limits', 'routes', 'rules'])

function placeOf(path: readonly (string | number)[], root: unknown, labels: Labels): string {
  let place = ''
  let holder: unknown = root
  let list = ''
  for (const key of path) {
    if (typeof key === 'number') place += named.has(list) ? `[${labels.of(holder, key)}]` : `[${key}]`
    else if (/^[A-Za-z_$][\w$]*$/.test(key)) place += place === '' ? key : `.${key}`
    else place += `[${quoted(key)}]`
    list = String(key)
    holder = child(holder, key)
  }
  return place
}

/** How items of lists are called: by their own name where no neighbour has the same, otherwise by index. */
class Labels {
  readonly #counts = new Map<readonly unknown[], ReadonlyMap<string, number>>()

  of(list: unknown, index: number): string {
    const label = nameOf(child(list, index))
    if (label === undefined || label.length > longestShown || !Array.isArray(list)) return String(index)
    return this.#countsIn(list).get(label) === 1 ? JSON.stringify(label) : String(index)
  }

  #countsIn(list: readonly unknown[]): ReadonlyMap<string, number> {
    const known = this.#counts.get(list)
    if (known !== undefined) return known
    const counts = new Map<string, number>()
    for (const item of list) {
      const label = nameOf(item)
      if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1)
    }
    this.#counts.set(list, counts)
    return counts
  }
}

function nameOf(item: unknown): string | undefined {
  const itemName = child(item, 'name')
  const namespace = child(item, 'namespace')
  if (typeof itemName !== 'string' || itemName === '') return undefined
  return typeof namespace === 'string' ? `${namespace}/${itemName}` : itemName
}

function child(holder: unknown, key: string | number): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key)) return undefined
  return (holder as Readonly<Record<string | number, unknown>>)[key]
}
