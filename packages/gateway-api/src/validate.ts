/** Holds an object against the fields of its kind and says what is wrong. Unknown fields are told and dropped. */

import { nearest } from '@headgate/config'
import { z } from 'zod'

import type { DiagnosticList, FieldPath } from './diagnostics.ts'
import { remark } from './resources/resource.ts'
import type { Resource } from './resources/resource.ts'

/** Kinds whose values are never shown. */
const secret = new Set(['Secret'])

/** What the schema makes of the object, or `undefined` where it is refused. */
export function checkBody(
  schema: z.ZodType,
  body: Readonly<Record<string, unknown>>,
  place: Resource,
  list: DiagnosticList,
): unknown {
  const first = schema.safeParse(body)
  if (first.success) return first.data
  const unknown = first.error.issues.filter((issue) => issue.code === 'unrecognized_keys')
  for (const issue of unknown) tellUnknown(issue, schema, place, list)
  const wrong = first.error.issues.filter((issue) => issue.code !== 'unrecognized_keys')
  for (const issue of wrong) tellWrong(issue, body, place, list)
  if (wrong.length > 0) return undefined
  const known = unknown.reduce(
    (value, issue) => withoutKeys(value, issue.path as FieldPath, issue.keys),
    body as unknown,
  )
  const second = schema.safeParse(known)
  if (second.success) return second.data
  for (const issue of second.error.issues) tellWrong(issue, known, place, list)
  return undefined
}

type UnknownKeys = Extract<z.core.$ZodIssue, { code: 'unrecognized_keys' }>

function tellUnknown(issue: UnknownKeys, schema: z.ZodType, place: Resource, list: DiagnosticList): void {
  const path = issue.path as FieldPath
  const fields = fieldsAt(schema, path)
  for (const key of issue.keys) {
    const close = nearest(key, fields)
    const hint = close === undefined ? undefined : `did you mean ${close}?`
    const message = `${place.kind} has no field of this name, so it is without effect`
    remark(list, place, [...path, key], { severity: 'warning', code: 'unknown-field', message, hint })
  }
}

function tellWrong(issue: z.core.$ZodIssue, body: unknown, place: Resource, list: DiagnosticList): void {
  const path = issue.path as FieldPath
  const value = valueAt(body, path)
  if (value === undefined) {
    const message = `the field is missing; expected ${issue.message}`
    remark(list, place, path, { severity: 'error', code: 'missing-field', message })
    return
  }
  const found = secret.has(place.kind) ? `a ${typeof value}` : shown(value)
  const isText = issue.code === 'invalid_type' && issue.expected === 'string' && !isCollection(value)
  const hint = isText ? 'put it into quotes' : closeWord(issue, value)
  remark(list, place, path, {
    severity: 'error',
    code: 'invalid-value',
    message: `found ${found}; expected ${issue.message}`,
    hint,
  })
}

function closeWord(issue: z.core.$ZodIssue, value: unknown): string | undefined {
  if (issue.code !== 'invalid_value' || typeof value !== 'string') return undefined
  const close = nearest(value, issue.values.map(String))
  return close === undefined ? undefined : `did you mean ${close}?`
}

function isCollection(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (isCollection(value)) return 'a map'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function valueAt(value: unknown, path: FieldPath): unknown {
  let found = value
  for (const key of path) {
    if (!isCollection(found) || !Object.hasOwn(found as object, key)) return undefined
    found = (found as Readonly<Record<string | number, unknown>>)[key]
  }
  return found
}

/** A copy in which the map at `path` has not these keys. */
function withoutKeys(value: unknown, path: FieldPath, keys: readonly string[]): unknown {
  const [key, ...rest] = path
  if (key === undefined) {
    return Object.fromEntries(Object.entries(value as object).filter(([name]) => !keys.includes(name)))
  }
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === key ? withoutKeys(item, rest, keys) : item))
  const entries = Object.entries(value as Readonly<Record<string, unknown>>)
  return Object.fromEntries(entries.map(([name, item]) => [name, name === key ? withoutKeys(item, rest, keys) : item]))
}

/** The names of the fields that the schema knows at a place. */
function fieldsAt(schema: z.ZodType, path: FieldPath): readonly string[] {
  let found: z.core.$ZodType = schema
  for (const key of path) {
    found = unwrapped(found)
    if (found instanceof z.ZodObject) found = (found.shape as Record<string, z.core.$ZodType>)[String(key)] ?? found
    else if (found instanceof z.ZodArray) found = found.element
    else return []
  }
  found = unwrapped(found)
  return found instanceof z.ZodObject ? Object.keys(found.shape) : []
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema
}
