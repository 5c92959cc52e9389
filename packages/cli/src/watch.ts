/** Tells when files may have changed. Whether they did is for the one who asked to find out. */

import { realpathSync, statSync, watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'

/** Editors and copying programs write in several steps; a half-written file is read only when one of them stops. */
const defaultQuietMs = 100

/** The link that Kubernetes swaps in a mounted ConfigMap or Secret. */
const kubernetesLink = '..data'

/** Names of a folder that matter; `all` for a folder that was itself given. */
type Names = 'all' | Set<string>

export class FileWatch {
  readonly #changed: () => void
  readonly #blind: (path: string) => void
  readonly #quietMs: number
  readonly #watchers = new Map<string, FSWatcher>()
  #names = new Map<string, Names>()
  #timer: NodeJS.Timeout | undefined

  /** `blind` is called with a folder that cannot be watched; `changed` once nothing has changed for `quietMs`. */
  constructor(changed: () => void, blind: (path: string) => void, quietMs: number = defaultQuietMs) {
    this.#changed = changed
    this.#blind = blind
    this.#quietMs = quietMs
  }

  /** Watches these files and folders from now on, and no others. Links are followed as they are now. */
  watch(paths: readonly string[]): void {
    this.#names = namesByFolder(paths)
    for (const [folder, watcher] of this.#watchers) {
      if (this.#names.has(folder)) continue
      watcher.close()
      this.#watchers.delete(folder)
    }
    for (const folder of this.#names.keys()) if (!this.#watchers.has(folder)) this.#open(folder)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#names = new Map()
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #open(folder: string): void {
    try {
      // Folders, not files: a file that is replaced by a rename would take its watcher with it.
      const watcher = watch(folder, (_event, name) => this.#seen(folder, name))
      watcher.on('error', () => this.#lost(folder))
      this.#watchers.set(folder, watcher)
    } catch {
      this.#blind(folder)
    }
  }

  #lost(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    this.#blind(folder)
  }

  #seen(folder: string, name: string | null): void {
    const names = this.#names.get(folder)
    if (names === undefined) return
    if (names !== 'all' && name !== null && name !== kubernetesLink && !names.has(name)) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#changed, this.#quietMs)
  }
}

function namesByFolder(paths: readonly string[]): Map<string, Names> {
  const folders = new Map<string, Names>()
  const add = (path: string): void => {
    const folder = dirname(path)
    const names = folders.get(folder)
    if (names === undefined) folders.set(folder, new Set([basename(path)]))
    else if (names !== 'all') names.add(basename(path))
  }
  for (const path of paths.map((given) => resolve(given))) {
    if (isFolder(path)) {
      folders.set(path, 'all')
      continue
    }
    add(path)
    const real = realPath(path)
    if (real !== path) add(real)
  }
  return folders
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Where a link leads; the path itself where it leads nowhere. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
