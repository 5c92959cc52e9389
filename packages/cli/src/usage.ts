/** The help texts. */

import type { CommandName } from './arguments.ts'

const general = `headgate: the inference gateway

  headgate serve FILE...      serves the gateway that the files describe
  headgate check FILE...      lists every problem of the files
  headgate explain FILE...    says which rule takes a request, and why
  headgate export FILE...     writes the same gateway in another form

FILE is Gateway API YAML, a headgate config in JSON or YAML, or a folder of such files.
headgate COMMAND --help lists the options; headgate --version prints the version.
`

const sourceLines = `  --resolve SERVICE.NAMESPACE:PORT=URL   an endpoint of a Service or InferencePool; may repeat
  --trust-namespaces                     without the checks of allowedRoutes and ReferenceGrant`

const commands: Readonly<Record<CommandName, string>> = {
  serve: `headgate serve FILE... [options]

Prints a line that starts with "ready" once it listens. Reads the files again on SIGHUP and when they change; files with
errors change nothing. Ends on SIGTERM or SIGINT once the requests in flight are done. Logs go to stderr, as JSON lines
unless that is a terminal.

  --listen NAME=HOST:PORT                where the listener NAME is reached; may repeat. NAME is LISTENER,
                                         GATEWAY/LISTENER or NAMESPACE/GATEWAY/LISTENER. A listener without it is not
                                         opened; without any, all are, at 127.0.0.1 and their declared ports
${sourceLines}
  --workers N                            processes, default 1; bounds that count are divided among them
  --metrics HOST:PORT                    serves GET /metrics there, in the text format of Prometheus; default: nothing is
                                         measured
  --metrics-prefix NAME                  what their names begin with, default headgate; with kgateway the names of the
                                         kgateway document are there as well
  --metrics-format FORMAT                text (default), or openmetrics, which names the traces of slow requests as exemplars
  --metrics-prices FILE                  JSON with what a million tokens of a model cost, such as
                                         {"gpt-4o": {"input": 2.5, "output": 10, "cached": 1.25}}: counts cost
  --session-key env:NAME or file:PATH    where the key of sessions is, at least 32 characters; default: one made at the
                                         start, the same for all workers
  --drain DURATION                       longest wait for requests in flight at the end, default 30s
  --log-level LEVEL                      debug, info (default, has a line a request), warn, error, silent

Exit code: 0 after a signal, 1 when it cannot start, 2 for a wrong command line.
`,
  check: `headgate check FILE... [options]

Lists every problem with file, line, object, field and hint, then a summary.

  --json                                 {"summary": …, "diagnostics": […]} instead of text
  --listen NAME=HOST:PORT                checks these names too
${sourceLines}
  --workers N                            says which bounds would be divided
  --session-key env:NAME or file:PATH    as for serve

Exit code: 0 without errors, 1 with errors, 2 for a wrong command line.
`,
  explain: `headgate explain FILE... --request 'METHOD URL' [options]

Says which listener, route, rule and match take the request, how it is shared out, which policies are in force and where
they were written, and for the nearest others the first reason why they do not take it. Nothing is sent.

  --request 'POST http://host/path'      the method may be left out (GET), and so may scheme and host
  -H, --header 'name: value'             a header of the request; may repeat
  --json                                 the same as data
${sourceLines}

Exit code: 0 when the files can be served, 1 when not, 2 for a wrong command line.
`,
  export: `headgate export FILE... --to FORMAT [options]
       headgate export --to prometheus-rules|prometheus-operator|grafana [--metrics-prefix NAME]

Writes to stdout. What cannot be said in the format is listed on stderr.

  --to gateway-api                       Gateway API manifests without kinds of a vendor
  --to kgateway                          Gateway API manifests with kgateway policies
  --to json                              the headgate config with every default written out
  --to prometheus-rules                  recording and alerting rules for the metrics of serve; takes no FILE
  --to prometheus-operator               the same as PrometheusRule, with a ServiceMonitor; takes no FILE
  --to grafana                           a dashboard to import; takes no FILE
  --metrics-prefix NAME                  as for serve, for the three above
${sourceLines}

Exit code: 0 when written, 1 when the files have errors, 2 for a wrong command line.
`,
}

/** The help of a command, or of the program. */
export function usage(about: CommandName | undefined): string {
  return about === undefined ? general : commands[about]
}
