/** Labels of namespaces and what selects them (Gateway API `allowedRoutes`, Kubernetes LabelSelector). */

import type { Context } from './context.ts'
import type { NamespacesFrom } from './resources/gateway.ts'
import type { LabelSelector } from './resources/references.ts'

type Labels = Readonly<Record<string, string>>

/** Of a namespace whose object is not in the files only its name is known. */
function labelsOfNamespace(context: Context, namespace: string): Labels {
  const labels = context.resources.get('Namespace', namespace)?.labels ?? {}
  return { ...labels, 'kubernetes.io/metadata.name': namespace }
}

/** An empty selector selects everything. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key]
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value)
        case 'NotIn':
          return value === undefined || !values.includes(value)
        case 'Exists':
          return value !== undefined
        case 'DoesNotExist':
          return value === undefined
      }
    })
  )
}

/** Why a namespace may not, or `undefined` where it may. `own` is the namespace of the object that allows. */
export function refusalOf(
  context: Context,
  rule: NamespacesFrom | undefined,
  otherwise: 'Same' | 'None',
  own: string,
  namespace: string,
): string | undefined {
  if (context.trustNamespaces) return undefined
  const from = rule?.from ?? otherwise
  switch (from) {
    case 'All':
      return undefined
    case 'None':
      return 'none are allowed'
    case 'Same':
      return namespace === own ? undefined : `only those of the namespace ${own} are allowed`
    case 'Selector': {
      if (rule?.selector !== undefined && selects(rule.selector, labelsOfNamespace(context, namespace)))
        return undefined
      const isKnown = context.resources.get('Namespace', namespace) !== undefined
      const why = isKnown ? '' : ', whose Namespace object is not in the files, so that only its name is known'
      return `the selector does not select the namespace ${namespace}${why}`
    }
  }
}
