/** Plain data as YAML, as far as rule files and manifests need it. It reads none. */

type Data = string | number | readonly Data[] | { readonly [key: string]: Data | undefined }

/** Words that would be read as something else than text. */
const reserved = /^(?:true|false|null|yes|no|on|off|y|n|~)$/i
/** Lines that are read as they stand: none is empty, and the first says how far all of them are indented. */
const block = /^[!-~][ -~]*(?:\n[ -~]+)+\n?$/
const plain = /^[A-Za-z][\w./-]*$/

export function toYaml(data: object): string {
  return `${lines(data as Data, '').join('\n')}\n`
}

function lines(data: Data, indent: string): string[] {
  if (Array.isArray(data)) {
    return data.flatMap((item: Data) => {
      const [first = '', ...rest] = lines(item, `${indent}  `)
      return [`${indent}- ${first.trimStart()}`, ...rest]
    })
  }
  if (typeof data !== 'object') return [`${indent}${scalar(data)}`]
  return Object.entries(data).flatMap(([key, value]) => (value === undefined ? [] : field(key, value, indent)))
}

function field(key: string, value: Data, indent: string): string[] {
  const name = `${indent}${scalar(key)}:`
  if (typeof value === 'string' && block.test(value)) {
    // `|` keeps one line end at the end of the text, `|-` none.
    const text = value.replace(/\n$/, '')
    return [`${name} ${text === value ? '|-' : '|'}`, ...text.split('\n').map((line) => `${indent}  ${line}`)]
  }
  if (typeof value !== 'object') return [`${name} ${scalar(value)}`]
  return [name, ...lines(value, `${indent}  `)]
}

function scalar(value: string | number): string {
  if (typeof value === 'number') return String(value)
  return plain.test(value) && !reserved.test(value) ? value : JSON.stringify(value)
}
