/** Errors of a start or a reload in words. */

/** What went wrong, without a stack. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: unknown; port?: unknown }
  const where = typeof address === 'string' ? `${address}${typeof port === 'number' ? `:${port}` : ''}` : 'the address'
  switch (code) {
    case 'EADDRINUSE':
      return `${where} is in use by another program`
    case 'EACCES':
      return `${where} may not be opened; ports below 1024 need privileges`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${where} is no address of this machine`
    default:
      return error.message
  }
}
