/** What headgate itself replies to gRPC callers: a trailers-only reply with a gRPC status (gRPC over HTTP/2). */

/** The gRPC project's own table from HTTP status to gRPC status; what is not in it is UNKNOWN (2). */
const grpcStatuses: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
}

/** `application/grpc` and its kinds such as `application/grpc+proto`; not `application/grpc-web`. */
export function isGrpc(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/grpc(?:$|[+;\s])/i.test(contentType)
}

/** What a gRPC caller is told in the place of an HTTP status. */
export function grpcStatusFor(status: number): number {
  return grpcStatuses[status] ?? 2
}

/** What a reply says, in its trailers or as a reply that has nothing else; undefined where it says none. `fields` is flat. */
export function grpcStatusOf(fields: readonly string[]): number | undefined {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string
    if (name.length !== 11 || name.toLowerCase() !== 'grpc-status') continue
    const value = fields[at + 1] as string
    return /^\d{1,3}$/.test(value) ? Number(value) : undefined
  }
  return undefined
}

/** Flat: name, value, … The HTTP status beside it is 200. */
export function grpcHeaders(status: number, code: string, message: string): string[] {
  return [
    'content-type',
    'application/grpc',
    'grpc-status',
    String(grpcStatusFor(status)),
    'grpc-message',
    percentEncode(message),
    'x-headgate-error',
    code,
  ]
}

function percentEncode(text: string): string {
  return text.replaceAll(/[^\x20-\x24\x26-\x7e]/g, (character) => encodeURIComponent(character))
}
