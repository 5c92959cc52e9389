/** Finds the fenced code blocks of a Markdown page. It knows nothing about what is in them. */

export interface Block {
  readonly language: string
  /** What follows the language on the line of the fence. */
  readonly note: string
  readonly code: string
  /** Line of the opening fence, counted from 1. */
  readonly line: number
}

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  let open: { fence: string; indent: number; language: string; note: string; line: number; code: string[] } | undefined
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    const [, indent = '', fence, info = ''] = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(text) ?? []
    if (open) {
      const closes = fence?.startsWith(open.fence) && info === ''
      if (!closes) {
        open.code.push(text.slice(open.indent))
        continue
      }
      blocks.push({ language: open.language, note: open.note, line: open.line, code: `${open.code.join('\n')}\n` })
      open = undefined
    } else if (fence) {
      const [, language = '', note = ''] = /^(\S*)\s*(.*)$/.exec(info) ?? []
      open = { fence, indent: indent.length, language, note, line: index + 1, code: [] }
    }
  }
  if (open) throw new Error(`the code block that opens in line ${open.line} is not closed`)
  return blocks
}
