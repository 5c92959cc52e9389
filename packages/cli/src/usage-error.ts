/** A command line that cannot be understood. Shown with a pointer to the help; the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
