/** Boundaries of histograms as the conventions ask for them. A view of the SDK replaces them. */

/** `http.server.request.duration`, `http.client.request.duration`. */
export const httpSeconds: number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Durations of GenAI calls and requests, and the time to the first chunk. */
export const modelSeconds: number[] = Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power)

/** `gen_ai.server.time_to_first_token`. */
export const firstTokenSeconds: number[] = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]

/** `gen_ai.server.time_per_output_token`. */
export const tokenSeconds: number[] = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]

/** `gen_ai.client.token.usage`. */
export const tokenCounts: number[] = Array.from({ length: 14 }, (_, power) => 4 ** power)
