/** Objects as YAML text: several documents, readable, and read alike by parsers of YAML 1.1 and 1.2. It knows no kinds. */

import { Document } from 'yaml'

import type { Annotations } from './annotations.ts'

/** A Kubernetes object. Fields that are `undefined` are left out. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly creationTimestamp?: string | undefined
    readonly labels?: Readonly<Record<string, string>> | undefined
    readonly annotations?: Annotations | undefined
  }
  readonly spec?: unknown
  readonly [field: string]: unknown
}

/** An object with what is said above it. */
export interface Written {
  readonly manifest: Manifest
  readonly comment?: string
}

export function writeDocuments(head: string, written: readonly Written[]): string {
  const texts = written.map(({ manifest, comment }) => {
    // Kubernetes reads YAML 1.1, in which `yes`, `on` and `1:30` are no texts: `compat` puts quotes around them.
    const document = new Document(manifest, { version: '1.2', compat: 'yaml-1.1', aliasDuplicateObjects: false })
    if (comment !== undefined && document.contents !== null) document.contents.commentBefore = asComment(comment)
    return document.toString({ lineWidth: 0 })
  })
  return `${asLines(head)}${texts.map((text) => `---\n${text}`).join('')}`
}

function asComment(text: string): string {
  return text
    .split('\n')
    .map((line) => ` ${line}`)
    .join('\n')
}

function asLines(text: string): string {
  return text
    .split('\n')
    .map((line) => `# ${line}\n`)
    .join('')
}
