/** The small types that every part of the config is made of. It knows no part of the config itself. */

/** A length of time in milliseconds. Input may also be a GEP-2257 duration such as `250ms`, `30s` or `1h30m`. */
export type Milliseconds = number

/** A value that is not in the config: it is read when the table is built and is never printed. */
export type SecretRef = (
  | { readonly env: string }
  | { readonly file: string }
  /** A Kubernetes Secret given beside the manifests: `namespace/name/key`. */
  | { readonly secret: string }
) & {
  /** Text put in front of the value, such as `Bearer ` with its blank. Default none. */
  readonly prefix?: string
}

/** Where something was written: `file.yaml:12`. Shown by explain and diagnostics, never acted on. */
export type Origin = string

/** What a retry or a fallback reacts to: Envoy's `retry_on` names, `rate-limited` (429) and plain status codes. */
export type ConditionName = (typeof conditionNames)[number] | number

/** What a fallback reacts to besides: what the error in a backend's reply says, whatever its status. */
export type FallbackConditionName = ConditionName | (typeof errorClassNames)[number]

/** Kinds of errors that another backend may not have. A type test holds this list equal to the dialects' error classes. */
export const errorClassNames = ['context-length', 'content-policy', 'quota'] as const

/** Every named condition. A type test holds this list equal to the one in the proxy's `outcome.ts`. */
export const conditionNames = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'refused-stream',
  'retriable-4xx',
  'rate-limited',
] as const
