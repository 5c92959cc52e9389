/** Where an exchange stands. */

/**
 * `preparing`: limits, split, a small body is gathered. `attempting`: no reply yet. `judging`: a reply came, and whether it is
 * good is not certain yet. `holding`: the rest of a reply that will be replaced. `waiting`: back-off. `committed`: the reply
 * belongs to the caller.
 */
export type Phase = 'preparing' | 'attempting' | 'judging' | 'holding' | 'waiting' | 'committed' | 'over'
