/** What an export leaves out: each place of the config once, with the reason. It knows no dialect. */

/** Something of the config that the dialect has no words for. */
export interface Unsaid {
  /** Place in the config, such as `routes["models/chat"].rules[0].sticky`. */
  readonly path: string
  readonly reason: string
  /** What was written in its place, or what would come nearest. */
  readonly instead?: string
}

export class UnsaidList {
  readonly #found = new Map<string, Unsaid>()

  add(path: string, reason: string, instead?: string): void {
    const key = JSON.stringify([path, reason])
    if (!this.#found.has(key)) this.#found.set(key, { path, reason, ...(instead !== undefined && { instead }) })
  }

  /** By the parts of the config, each in the order in which it was found. */
  all(): readonly Unsaid[] {
    return [...this.#found.values()].toSorted((a, b) => rankOf(a.path) - rankOf(b.path))
  }
}

const parts = ['listeners', 'routes', 'backends', 'limits', 'forwarded', 'bodies', 'sessionKey']

function rankOf(path: string): number {
  return parts.findIndex((part) => path.startsWith(part))
}

/** `backends["gpt4"]`, as the problems of a config name it. */
export function placeOf(
  list: 'listeners' | 'backends' | 'limits' | 'routes',
  name: string,
  namespace?: string,
): string {
  return `${list}[${JSON.stringify(namespace === undefined ? name : `${namespace}/${name}`)}]`
}
