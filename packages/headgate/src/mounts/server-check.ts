/** What can be wrong with the server in front of a mount, as one of its requests shows. */

import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../errors.ts'
import { Refusal } from '../request/incoming.ts'

/** Node's own default for `server.maxHeadersCount`, as half of a flat list. */
const defaultFields = 1000

/** What Node keeps of the options of a server. */
interface ServerOptions {
  readonly insecureHTTPParser?: boolean
  readonly httpValidation?: string
  readonly maxHeadersCount?: number | null
}

/**
 * Why a request must not be acted on, whatever it says: its server reads leniently (reliability R1.2), or may have dropped
 * fields without a word, as Node did before version 24 (R6).
 */
export function serverProblem(request: IncomingMessage): Refusal | undefined {
  const { socket, rawHeaders } = request
  const server: ServerOptions | undefined = 'server' in socket ? (socket.server as ServerOptions) : undefined
  if (server?.insecureHTTPParser === true || server?.httpValidation === 'insecure') {
    return new Refusal(500, 'lenient_parser', "The gateway's server has a lenient HTTP parser")
  }
  if (rawHeaders.length < 2 * defaultFields) return undefined
  const most = server?.maxHeadersCount ?? defaultFields
  return most > 0 && rawHeaders.length >= 2 * most
    ? new Refusal(431, 'bad_framing', 'The request has too many fields')
    : undefined
}

/** The lenient parser takes requests whose end is a matter of opinion (reliability R1.2). */
export function refuseLenientParser(): void {
  const flag = '--insecure-http-parser'
  if (!process.execArgv.includes(flag) && process.env['NODE_OPTIONS']?.includes(flag) !== true) return
  throw new GatewayError(
    'HEADGATE_LENIENT_PARSER',
    `Node runs with ${flag}; headgate needs the strict parser, drop the flag`,
  )
}
