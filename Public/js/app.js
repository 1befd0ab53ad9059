import { Composer } from './composer.js'
import { Conversation } from './conversation.js'
import { downloadResult } from './download.js'
import { LogView } from './log-view.js'
import { Store } from './store.js'

// The demonstration page. `?agent=` chooses the agent of new conversations, `?site=` the site.
const parameters = new URLSearchParams(location.search)
const site = parameters.get('site') ?? ''
const agent = parameters.get('agent') ?? ''

const states = {
  connecting: 'Connecting…',
  online: 'Online',
  reconnecting: 'Reconnecting…',
  offline: 'No network',
  stopped: 'Not available',
}

const parts = {}
for (const element of document.querySelectorAll('[data-part]')) {
  parts[element.dataset.part.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())] = element
}

let problem = ''
parts.showProblem = (sentence) => {
  problem = sentence
  showNotice()
}

const listener = {
  changed: (ids, order) => log.changed(ids, order),
  statusChanged: () => {
    showStatus()
    log.schedule()
  },
  historyLoaded: () => log.schedule(),
  // A screen reader hears an answer when it is finished, not every piece of it.
  finished: (message) => (parts.announcer.textContent = message.content),
}

const store = new Store({ site, agent })
const conversation = new Conversation({ url: socketURL(), store, agent, listener })
const log = new LogView(parts, conversation)
const composer = new Composer(parts, (text) => {
  const refusal = conversation.send(text)
  if (!refusal) log.scrollToEnd()
  return refusal
})

parts.stop.addEventListener('click', () => conversation.stop())
parts.retry.addEventListener('click', () => {
  conversation.retry()
  log.scrollToEnd()
})
parts.new.addEventListener('click', () => {
  conversation.startAnew()
  log.scrollToEnd()
  composer.focus()
})

parts.log.addEventListener('skein-download', ({ detail }) => {
  downloadResult({ session: conversation.session, token: store.token, site }, detail.message, detail.number)
    .then(() => parts.showProblem(''))
    .catch((error) => parts.showProblem(`Not downloaded: ${error.message}.`))
})

// For tests and for the curious: `skein.transcript.messages` are the messages, each with its whole `content`,
// `skein.session` is the session's id, `skein.connection.state` what the badge shows.
window.skein = conversation

conversation.start()
if (matchMedia('(hover: hover)').matches) composer.focus()

function showStatus() {
  const { transcript, connection } = conversation
  parts.badge.dataset.state = connection.state
  parts.badgeText.textContent = states[connection.state]
  parts.agentName.textContent = transcript.agent?.name ?? parts.agentName.textContent
  parts.input.disabled = connection.state === 'stopped'
  parts.stop.hidden = transcript.run === null
  parts.stop.disabled = !connection.isReady || transcript.run?.status === 'stopping'
  showNotice()
}

function showNotice() {
  const { connection } = conversation
  const sentence = connection.state === 'stopped' ? connection.reason : problem
  parts.notice.textContent = sentence
  parts.notice.hidden = sentence === ''
}

function socketURL() {
  const url = new URL('/v1/socket', location.href)
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  if (site) url.searchParams.set('site', site)
  return url
}
