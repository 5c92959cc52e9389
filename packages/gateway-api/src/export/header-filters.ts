/** Several header filters as the one that a list of Gateway API may hold. It knows no other filter. */

import type { HeaderFilterConfig } from '@headgate/config'

type Action =
  | { readonly type: 'set' | 'add'; readonly name: string; readonly value: string }
  | { readonly type: 'remove'; readonly name: string }

/** The same effect as these filters one after the other. A single one stays as it is. */
export function composed(filters: readonly HeaderFilterConfig[]): HeaderFilterConfig | undefined {
  const [first, ...rest] = filters
  if (first === undefined || rest.length === 0) return first
  const actions = new Map<string, Action>()
  for (const action of filters.flatMap(actionsOf)) {
    const key = action.name.toLowerCase()
    actions.set(key, after(actions.get(key), action))
  }
  const all = [...actions.values()]
  const fields = (type: 'set' | 'add'): { name: string; value: string }[] =>
    all.flatMap((action) => (action.type === type ? [{ name: action.name, value: action.value }] : []))
  const set = fields('set')
  const add = fields('add')
  const remove = all.flatMap((action) => (action.type === 'remove' ? [action.name] : []))
  return {
    type: first.type,
    ...(set.length > 0 && { set }),
    ...(add.length > 0 && { add }),
    ...(remove.length > 0 && { remove }),
  }
}

function actionsOf({ set = [], add = [], remove = [] }: HeaderFilterConfig): readonly Action[] {
  return [
    ...set.map(({ name, value }): Action => ({ type: 'set', name, value })),
    ...add.map(({ name, value }): Action => ({ type: 'add', name, value })),
    ...remove.map((name): Action => ({ type: 'remove', name })),
  ]
}

/** What two actions on one field come to. To a field that was set or removed before, adding is setting. */
function after(earlier: Action | undefined, later: Action): Action {
  if (earlier === undefined || later.type !== 'add') return later
  if (earlier.type === 'remove') return { ...later, type: 'set' }
  // RFC 9110 section 5.3: two fields of one name are one with both values.
  return { ...earlier, value: `${earlier.value}, ${later.value}` }
}
