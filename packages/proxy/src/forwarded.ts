// How an address is written in X-Forwarded-For and in Forwarded (RFC 7239). It knows syntax and whom to trust not at all.

/** An address as one entry of `X-Forwarded-For`: IPv4 in IPv6 is written as IPv4, a zone is left out, nothing is `unknown`. */
export function forwardedFor(remoteAddress: string): string {
  if (remoteAddress === '') return 'unknown'
  const zone = remoteAddress.indexOf('%')
  const address = zone === -1 ? remoteAddress : remoteAddress.slice(0, zone)
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** One element of `Forwarded`. `address` is as `forwardedFor` gives it; IPv6 gets its brackets and, with them, quotes. */
export function forwardedElement(address: string, host: string | undefined, protocol: string): string {
  const node = address.includes(':') ? `"[${address}]"` : address
  return host === undefined
    ? `for=${node};proto=${protocol}`
    : `for=${node};host=${tokenOrQuoted(host)};proto=${protocol}`
}

function tokenOrQuoted(value: string): string {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
}
