// Gives memory back without waiting for the collector. It knows nothing of who had the bytes.

/** What passes by may be held by reference up to this length; of anything longer a part that is wanted is copied. In bytes. */
export const longestShared: number = 16 * 1024

/**
 * Frees the memory of a chunk above `longestShared`, at once; it is empty afterwards. Only for whoever is the last to read it, and never
 * before its write was called back: the kernel may read until then. What shares its memory with others is left to the collector.
 *
 * Such chunks lie outside of the heap, and V8 looks at the whole heap whenever 64 MiB of them have been made. With bodies of 256 KiB
 * that is two fifths of the processor time of a proxy, and between two collections they are a good part of its resident memory.
 */
export function freeBytes(chunk: Buffer): void {
  const { buffer, byteLength } = chunk
  // A request that was told an encoding gives strings.
  if (!(buffer instanceof ArrayBuffer) || byteLength <= longestShared || byteLength !== buffer.byteLength) return
  try {
    buffer.transfer(0)
  } catch {
    // What must not be detached, as the memory of WebAssembly, stays.
  }
}
