/** What every mount has in common. */

export interface MountOptions {
  /**
   * Whole path segments removed before matching and forwarding, such as `/llm`. A path outside the prefix stays as it
   * is. Without it, matching and forwarding use the full original target, wherever the gateway is mounted.
   */
  readonly stripPrefix?: string
}

/** Without a trailing slash. Throws RangeError for a prefix that no path can have. */
export function prefixOption(options: MountOptions): string {
  const { stripPrefix } = options
  if (stripPrefix === undefined || stripPrefix === '' || stripPrefix === '/') return ''
  if (!/^(?:\/[^/?#\s]+)+\/?$/.test(stripPrefix)) {
    throw new RangeError(`stripPrefix is "${stripPrefix}"; expected whole path segments such as "/llm"`)
  }
  return stripPrefix.endsWith('/') ? stripPrefix.slice(0, -1) : stripPrefix
}
