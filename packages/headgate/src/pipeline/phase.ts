/** Where an exchange stands. */

/**
 * `preparing`: limits, split, a small body is gathered. `attempting`: no reply yet. `holding`: the rest of a reply that
 * will be replaced. `waiting`: back-off. `committed`: the reply belongs to the caller.
 */
export type Phase = 'preparing' | 'attempting' | 'holding' | 'waiting' | 'committed' | 'over'
