/** The gateway in a process of its own: `program.ts MAIN SPARE`. It answers the questions of `remote.ts`. */
import { openGateway } from './gateway.ts'

const [main = '', spare = ''] = process.argv.slice(2)
const opened = await openGateway(main, spare)

process.on('message', (question) => {
  void (async () => {
    if (question === 'reload') await opened.reload()
    process.send?.(await opened.state())
  })()
})
process.on('disconnect', () => process.exit())
process.send?.(opened.url)
